#!/usr/bin/env python3
"""Makes the example files. Nobody in them is real.

    python3 -m venv ~/venv && ~/venv/bin/pip install -r requirements.txt && ~/venv/bin/python generate.py

Names are made of words such as Thử, Mẫu, Ví Dụ; personal ids start with 000, which is no province. Running it again
gives the same bytes, except for the signed PDF: a signature and its time are new each time, so an existing PDF is kept.
The PDF needs the font DejaVu Sans (Debian: fonts-dejavu-core).
"""

import datetime
import hashlib
import io
import random
import unicodedata
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXCEL_DAY_0 = datetime.date(1899, 12, 30)

# People ------------------------------------------------------------------------------------------------------------------------------

FAMILY = ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Tống"]
GIVEN = [
    ("Thử", "Nghiệm"), ("Văn", "Mẫu"), ("Ví", "Dụ"), ("Minh", "Họa"), ("Giả", "Định"), ("Thị", "Biểu Mẫu"), ("Phép", "Thử"), ("Số", "Liệu"),
    ("Kiểm", "Chứng"), ("Dữ", "Liệu"), ("Bảng", "Tính"), ("Học", "Bạ"), ("Trang", "Giấy"), ("Dấu", "Phẩy"), ("Hoà", "Mẫu"), ("Thuý", "Giả"),
]
ETHNIC = ["Kinh", "Kinh", "Kinh", "Hoa", "Khmer", "Chăm"]


def people(count, birth_year, first_code, seed):
    """Learners with codes, ids, names and birth dates that agree with each other."""
    rng = random.Random(seed)
    names = [(family, *given) for given in GIVEN for family in FAMILY]
    chosen = [("Nguyễn", "Thử", "Nghiệm"), ("Trần", "Văn", "Mẫu")]
    rest = [name for name in names if name not in chosen]
    rng.shuffle(rest)
    chosen += rest[: count - 2]
    learners = []
    for number, (family, middle, given) in enumerate(chosen, first_code):
        female = number % 2 == 1
        birth = datetime.date(birth_year, rng.randint(1, 12), rng.randint(1, 28))
        learners.append({
            "code": f"{number:010}",
            "id": f"000{3 if female else 2}{birth_year % 100:02}{number:06}",
            "first": f"{family} {middle}",
            "last": given,
            "birth": birth,
            "sex": "Nữ" if female else "Nam",
            "ethnicity": rng.choice(ETHNIC),
        })
    learners[0]["birth"] = learners[1]["birth"] = datetime.date(birth_year, 3, 7)
    return learners


def name(learner):
    return f"{learner['first']} {learner['last']}"


# Results (Circular 22/2021), in tenths ---------------------------------------------------------------------------------

LEVELS = ["Chưa đạt", "Đạt", "Khá", "Tốt"]


def plain_level(marks, passes):
    if all(passes) and min(marks) >= 65 and sum(m >= 80 for m in marks) >= 6:
        return 3
    if all(passes) and min(marks) >= 50 and sum(m >= 65 for m in marks) >= 6:
        return 2
    if passes.count(False) <= 1 and min(marks) >= 35 and sum(m >= 50 for m in marks) >= 6:
        return 1
    return 0


def level(marks, passes):
    """The level of learning; tries every single subject for the clause about one subject alone."""
    plain = plain_level(marks, passes)
    better = [plain_level(marks[:i] + [100] + marks[i + 1:], passes) for i in range(len(marks))]
    better += [plain_level(marks, passes[:i] + [True] + passes[i + 1:]) for i in range(len(passes))]
    return plain + 1 if max(better) >= 2 and max(better) - plain >= 2 else plain


def results(rng, marked, commented, strength):
    """Marks (HKI, HKII, year) per subject, levels, absences and promotion that follow from each other."""
    marks = []
    for _ in range(marked):
        first, second = (min(100, max(30, round(rng.gauss(strength, 8)))) for _ in range(2))
        marks.append((first, second, (first + 2 * second + 1) // 3))
    passes = [(True, True, True)] * commented
    learning = [level([m[p] for m in marks], [c[p] for c in passes]) for p in range(3)]
    conduct = [rng.choice([2, 3, 3])] * 3
    absences = rng.choice([0, 0, 1, 2, 3, 11])
    return {
        "marks": marks,
        "passes": passes,
        "learning": learning,
        "conduct": conduct,
        "absences": absences,
        "promoted": learning[2] >= 1 and conduct[2] >= 1 and absences <= 45,
    }


def tenths(mark, style):
    """A mark as one clerk or another types it: a number, a comma, a point."""
    text = f"{mark // 10}.{mark % 10}"
    return [float(text), text.replace(".", ","), text][style]


# The class of 40 ------------------------------------------------------------------------------------------------------

THCS = ["Ngữ văn", "Toán", "Ngoại ngữ 1", "GDCD", "Lịch sử và\nĐịa lí", "KHTN", "Công nghệ", "Tin học"]
THCS_COMMENTED = ["GDTC", "Nghệ thuật", "HĐTN, HN", "GD địa phương"]
PERIODS = ["HKI", "HKII", "CN"]


def dates(birth, style):
    """A birth date in one of the forms that turn up in one and the same column."""
    serial = (birth - EXCEL_DAY_0).days
    return [
        f"{birth.day:02}/{birth.month}/{birth.year}", serial, birth, f"{birth.day:02}/{birth.month:02}/{birth.year}", f"{birth.day}/{birth.month}/{birth.year}",
        str(serial), f"{birth.day:02}-{birth.month:02}-{birth.year}", birth.isoformat(),
    ][style % 8]


def trouble(text, index):
    """What copying between programs does to a few names."""
    if index in (3, 17, 30):
        return unicodedata.normalize("NFD", text)
    if index in (5, 22):
        return text.replace(" ", "\u00a0")
    if index == 9:
        return text.replace(" ", " \u200b ") + " "
    return text.replace("Đ", "Ð") if index % 3 == 1 else text


def write(sheet, row, column, value, day):
    """One cell, counted from 0, as text, number, date or formula error."""
    if isinstance(value, datetime.date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, str) and value.startswith("#"):
        sheet.write_formula(row, column, "=NA()", None, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write_number(row, column, value)


def workbook(path):
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    book.set_properties({"author": "examples/generate.py", "created": datetime.datetime(2026, 5, 28)})
    return book


def class_of_40(path):
    rng = random.Random(9)
    book = workbook(path)
    sheet = book.add_worksheet("9_1")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    heading = book.add_format({"bold": True, "text_wrap": True, "align": "center"})
    header = ["STT", "Mã học sinh", "Số định danh\ncá nhân", "Họ và tên", None, "Ngày,\ntháng,\nnăm sinh", "Giới\ntính", "Dân  tộc"]
    groups = [(column, [None]) for column in header]
    groups += [(subject, PERIODS) for subject in THCS + THCS_COMMENTED + ["RÈN LUYỆN", "HỌC TẬP"]]
    groups += [("Số buổi\nnghỉ học", [None]), ("Được\nlên lớp", [None]), ("Nhận xét của GVCN", [None])]
    groups += [("Cha", ["Họ tên", "Nghề nghiệp", "SĐT"]), ("Mẹ", ["Họ tên", "SĐT"]), ("Địa chỉ liên hệ", [None]), ("Ghi chú", [None])]

    def put_header(row):
        column = 0
        for title, parts in groups:
            if title == "Họ và tên":
                sheet.merge_range(row, column, row + 1, column + 1, title, heading)
            elif parts == [None] and title:
                sheet.merge_range(row, column, row + 1, column, title, heading)
            elif title:
                sheet.merge_range(row, column, row, column + len(parts) - 1, title, heading)
                sheet.write_row(row + 1, column, parts, heading)
            column += len(parts)

    sheet.write("A1", "SỞ GIÁO DỤC VÀ ĐÀO TẠO THÀNH PHỐ HỒ CHÍ MINH")
    sheet.write("A2", "TRƯỜNG THCS THỬ NGHIỆM SỐ MỘT")
    sheet.write("A4", "BẢNG TỔNG HỢP KẾT QUẢ RÈN LUYỆN VÀ HỌC TẬP CẢ NĂM")
    sheet.write("A5", "LỚP 9/1 - NĂM HỌC 2025 - 2026")
    put_header(6)
    row = 8
    for index, learner in enumerate(people(40, 2011, 1, seed=91)):
        if index == 20:
            put_header(row)  # The second printed page.
            row += 2
        year = results(rng, 8, 4, strength=[83, 52, 72, 66][index % 4])
        if index == 0:
            year["marks"][1] = (79, 83, 82)
        if index == 1:
            year["marks"][1] = (48, 51, 50)
        year["learning"] = [level([m[p] for m in year["marks"]], [True] * 4) for p in range(3)]
        year["promoted"] = year["learning"][2] >= 1
        cells = [index + 1, learner["code"], None if index == 1 else learner["id"], trouble(learner["first"], index), trouble(learner["last"], index)]
        cells += [dates(learner["birth"], index), learner["sex"], learner["ethnicity"]]
        for subject, marks in enumerate(year["marks"]):
            cells += [tenths(mark, (index + subject) % 3) for mark in marks]
        for passes in year["passes"]:
            cells += [["Đ", "Đạt"][index % 2]] * 3
        cells += [["CĐ", "Đ", "K", "T"][given] if index % 2 else LEVELS[given] for given in year["conduct"] + year["learning"]]
        cells += [year["absences"], "Được lên lớp" if year["promoted"] else "Không được lên lớp"]
        cells += ["Chăm học, cần tự tin hơn." if index % 5 == 0 else None]
        cells += ["(tên cha)", "(nghề)", "0000000000", "(tên mẹ)", "0000000000", "(địa chỉ)", None]
        for column, value in enumerate(cells):
            write(sheet, row, column, value, day)
        row += 1
    sheet.write(row, 0, "Tổng số: 40 học sinh")
    sheet.write(row + 2, 29, "Thành phố Hồ Chí Minh, ngày 28 tháng 5 năm 2026")
    for below, left, right in [
        (3, "GIÁO VIÊN CHỦ NHIỆM", "HIỆU TRƯỞNG"),
        (4, "(Ký, ghi rõ họ tên)", "(Ký tên, đóng dấu)"),
        (8, "Lê Mẫu Chủ Nhiệm", "Phạm Thử Hiệu Trưởng"),
    ]:
        sheet.write(row + below, 2, left)
        sheet.write(row + below, 29, right)
    book.close()


# A small class of grade 10, as .xls ---------------------------------------------------------------------------------------

THPT = ["Ngữ văn", "Toán", "Ngoại ngữ 1", "Lịch sử", "GDQP-AN", "Vật lí", "Hóa học", "Sinh học", "Tin học"]
THPT_COMMENTED = ["GDTC", "HĐTN-HN", "GDĐP"]


def class_of_8(path):
    import xlwt

    rng = random.Random(10)
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("10A1")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    sheet.write(0, 0, "TRƯỜNG THPT THỬ NGHIỆM SỐ HAI")
    sheet.write(1, 0, "Ngày chốt: ngày 29 tháng 5 năm 2026")
    header = ["TT", "Lớp", "Năm học", "Mã HS", "Mã định danh", "HỌ VÀ TÊN", "NGÀY SINH", "Nữ"]
    header += [f"{subject} - {period}" for subject in THPT for period in ["HK1", "HK2", "CN"]] + ["Toán - KTL"]
    header += [f"{subject} - CN" for subject in THPT_COMMENTED]
    header += ["Rèn luyện HK1", "Rèn luyện HK2", "Rèn luyện cả năm", "Học tập cả năm", "Vắng", "Kết quả", "Điện thoại"]
    for column, title in enumerate(header):
        sheet.write(3, column, title)
    for index, learner in enumerate(people(8, 2010, 101, seed=10)):
        year = results(rng, 9, 3, strength=[85, 70, 58, 76][index % 4])
        retest, outcome = None, "Lên lớp"
        if index == 5:  # Mathematics failed, passed in the re-test.
            year["marks"] = [(52, 55, 54)] * 9
            year["marks"][1] = (30, 31, 31)
            retest, outcome = 50, "Được lên lớp sau kiểm tra lại"
        if index == 6:  # Two subjects far too low.
            year["marks"] = [(52, 55, 54)] * 9
            year["marks"][1] = year["marks"][2] = (30, 31, 31)
            outcome = "Ở lại lớp"
        year["learning"][2] = level([m[2] for m in year["marks"]], [True] * 3)
        cells = [index + 1, "10A1", "2025-2026", learner["code"], learner["id"], name(learner)]
        cells += [learner["birth"], "x" if learner["sex"] == "Nữ" else None]
        for marks in year["marks"]:
            cells += [tenths(mark, 0 if index % 2 else 1) for mark in marks]
        cells += [None if retest is None else tenths(retest, 0)] + ["Đ"] * 3
        cells += [LEVELS[given] for given in year["conduct"]] + [LEVELS[year["learning"][2]]]
        cells += [year["absences"], outcome, "0000000000"]
        for column, value in enumerate(cells):
            if value is not None:
                sheet.write(4 + index, column, value, day if isinstance(value, datetime.date) else xlwt.Style.default_style)
    book.save(str(path))


# A school's diplomas ------------------------------------------------------------------------------------------------------------------

DIPLOMA_HEADER = [
    "STT", "Họ và tên", "Ngày sinh", "Nơi sinh", "Giới tính", "Dân tộc", "Trường", "Năm tốt nghiệp", "Xếp loại", "Nơi cấp", "Ngày cấp", "Người ký",
    "Chức danh", "Số hiệu", "Số vào sổ gốc", "Điện thoại",
]


def diploma(number, learner):
    birth = learner["birth"]
    return [
        number, name(learner), f"{birth.day:02}/{birth.month:02}/{birth.year}", "Xã Mẫu; tỉnh Thử Nghiệm" if number % 7 == 0 else "Thành phố Hồ Chí Minh",
        learner["sex"], learner["ethnicity"], "Trường THPT Thử Nghiệm Số Hai", 2026, ["Giỏi", "Khá", "Trung bình", ""][number % 4],
        "Thành phố Hồ Chí Minh", "10/07/2026", "Phạm Thử Hiệu Trưởng", "Hiệu trưởng", f"MAU{number:07}", f"TN/2026/{number:04}", "0000000000",
    ]


def diplomas(path):
    import csv

    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(DIPLOMA_HEADER)
    for number, learner in enumerate(people(30, 2008, 201, seed=12), 1):
        writer.writerow(diploma(number, learner))
    path.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())


# A file full of mistakes -------------------------------------------------------------------------------------------------------------

BAD_HEADER = [
    "STT", "Mã học sinh", "Số định danh cá nhân", "Họ và tên", "Ngày sinh", "Giới tính", "Dân tộc", "Lớp", "Năm học",
    "Toán HKI", "Toán HKII", "Toán CN", "Ngữ văn", "Ngoại ngữ 1", "Lịch sử", "GDQP-AN", "Vật lí", "Hóa học", "Sinh học", "Tin học", "GDTC", "HĐTN", "GDĐP",
    "RL", "HT", "Số buổi nghỉ", "Được lên lớp", "Nhận xét", "SĐT phụ huynh",
]
GOOD_ROW = dict(zip(BAD_HEADER[5:], [
    "Nam", "Kinh", "10A2", "2025-2026", 7.9, 8.3, 8.2, 8.0, 8.0, 8.0, 8.0, 8.0, 7.9, 7.0, 6.5, "Đ", "Đ", "Đ", "Tốt", "Tốt", 2, "Được lên lớp", None, "0000000000",
]))
# One mistake a row: what it changes in a good row. The first finding of each code, in the order of the codes.
MISTAKES = [
    {},
    {"Ngày sinh": None},
    {"Toán CN": "#N/A"},
    {"Nhận xét": "Nhận xét dài. " * 50},
    {"Họ và tên": "NguyÔn V¨n MÉu"},
    {"Họ và tên": "Nguyễn Văn Mẫu 2"},
    {"Ngày sinh": "tháng 3/2010"},
    {"Ngày sinh": "3/17/2010"},
    {"Ngày sinh": "07/03/1910"},
    {"Ngày sinh": "07/03/2001", "Số định danh cá nhân": "000201000109"},
    {"Giới tính": "M"},
    {"Số định danh cá nhân": 79210000111},
    {"Số định danh cá nhân": "7.92E+10"},
    {"Số định danh cá nhân": "2801234567890"},
    {"Số định danh cá nhân": "000310000114"},
    {"Lớp": 46031},
    {"Lớp": "9/1"},
    {"Năm học": "2025"},
    {"Toán CN": "giỏi"},
    {"Toán CN": 82},
    {"Ngữ văn": 7.25},
    {"GDTC": 7.5},
    {"GDTC": "Miễn"},
    {"Tin học": None},
    {"HT": "Giỏi"},
    {"Số buổi nghỉ": "ít"},
    {"Được lên lớp": "?"},
    {"Được lên lớp": "Kiểm tra lại"},
    {"Toán CN": 8.3},
    {"Ngoại ngữ 1": 7.9},
    {"HT": "Khá"},
    {"Số buổi nghỉ": 46},
    {"Được lên lớp": "Không"},
    {"Mã học sinh": "0000000301"},
    {"Số định danh cá nhân": "000210000135"},
    {"Số định danh cá nhân": "000210000135"},
    {"Mã học sinh": "301"},
    {},
]


def full_of_mistakes(path):
    book = workbook(path)
    day = book.add_format({"num_format": "dd/mm/yyyy"})

    def add_sheet(title, lines):
        sheet = book.add_worksheet(title)
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                write(sheet, row, column, value, day)

    for title, mistakes, first_code in [("10A2", MISTAKES, 301), ("10A3", [{}], 401)]:
        lines = [["TRƯỜNG THPT THỬ NGHIỆM SỐ HAI"], ["Ngày 29 tháng 5 năm 2026"], [], BAD_HEADER]
        for index, (learner, mistake) in enumerate(zip(people(len(mistakes) + 1, 2010, first_code, seed=13), mistakes)):
            row = {"STT": index + 1, "Mã học sinh": learner["code"], "Họ và tên": name(learner), "Ngày sinh": "07/03/2010", **GOOD_ROW, **mistake}
            lines.append([row.get(column) for column in BAD_HEADER])
        lines.append([None, None, None, "Ghi chú: xem trang sau"])
        if title == "10A2":  # A learner without a code is no total, whatever the family name.
            row = {"Họ và tên": "Tống Văn Mẫu", "Ngày sinh": "07/03/2010", **GOOD_ROW}
            lines.append([row.get(column) for column in BAD_HEADER])
        add_sheet(title, lines)

    lines = [DIPLOMA_HEADER]
    mistakes = [{}, {"Số hiệu": "MAU#2"}, {}, {"Số vào sổ gốc": "TN/2026/0003"}, {"Số hiệu": "MAU0000001"}, {"Ngày cấp": "10/07/2016"}, {}]
    for number, (learner, mistake) in enumerate(zip(people(7, 2008, 501, seed=14), mistakes), 1):
        row = dict(zip(DIPLOMA_HEADER, diploma(number, learner))) | mistake
        lines.append([row[column] for column in DIPLOMA_HEADER])
    add_sheet("Văn bằng", lines)
    book.close()


# A signed PDF ----------------------------------------------------------------------------------------------------------------------------

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def page():
    """One page of a learning record."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    pdfmetrics.registerFont(TTFont("DejaVu", FONT))
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    canvas.setTitle("Học bạ mẫu")
    lines = [
        (16, "HỌC BẠ TRUNG HỌC CƠ SỞ (MẪU, KHÔNG CÓ GIÁ TRỊ)"), (11, "Trường THCS Thử Nghiệm Số Một · Lớp 9/1 · Năm học 2025-2026"), (11, ""),
        (12, "Họ và tên: Nguyễn Thử Nghiệm"), (12, "Ngày sinh: 07/03/2011 · Giới tính: Nữ"), (12, "Mã học sinh: 0000000001"), (11, ""),
        (11, "Toán: HKI 7,9 · HKII 8,3 · Cả năm 8,2"), (11, "Ngữ văn: Cả năm 7,6"), (11, "Giáo dục thể chất: Đạt"), (11, ""),
        (11, "Rèn luyện: Tốt · Học tập: Khá · Số buổi nghỉ: 2 · Được lên lớp"), (11, ""), (11, "Ngày 28 tháng 5 năm 2026 · Hiệu trưởng: Phạm Thử Hiệu Trưởng"),
    ]
    height = 770
    for size, line in lines:
        canvas.setFont("DejaVu", size)
        canvas.drawString(50, height, line)
        height -= size * 1.8
    canvas.save()
    return out


def signed_pdf(path):
    """PAdES by a made-up school. Its key is the hash of a public sentence: the signature proves nothing about anyone."""
    if path.exists():
        return
    from asn1crypto import keys as asn1_keys, x509 as asn1_x509
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    key = ec.derive_private_key(int.from_bytes(hashlib.sha256(b"So Goc example school: not a secret").digest(), "big"), ec.SECP256R1())
    subject = x509.Name([
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trường THCS Thử Nghiệm Số Một"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Chứng thư mẫu, không có giá trị"),
    ])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime.datetime(2026, 1, 1)).not_valid_after(datetime.datetime(2036, 1, 1))
        .add_extension(usage, critical=True).sign(key, hashes.SHA256())
    )
    der = serialization.Encoding.DER
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(der)),
        signing_key=asn1_keys.PrivateKeyInfo.load(key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())),
        cert_registry=SimpleCertificateStore(),
    )
    metadata = signers.PdfSignatureMetadata(
        field_name="HieuTruong", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, reason="Ký học bạ (mẫu)", location="Thành phố Hồ Chí Minh",
    )
    with path.open("wb") as out:
        signers.sign_pdf(IncrementalPdfFileWriter(page()), metadata, signer=signer, output=out)


def vocational(path):
    """Certificates of a type that only the ledger defines (giay-chung-nhan-nghe-1.json)."""
    heading = ["STT", "Họ và tên", "Ngày sinh", "Giới tính", "Trường", "Nghề", "LT", "TH", "Xếp loại", "Năm thi", "Ngày cấp", "Người ký", "Số vào sổ", "SĐT phụ huynh"]
    learners = [
        ("Nguyễn Thử Nghiệm", "7/3/2011", "Nữ", "Tin học văn phòng", "8,5", "9", "Giỏi"),
        ("Trần Văn Mẫu", "12/11/2010", "Nam", "Điện dân dụng", "6,0", "7,5", "Khá"),
        ("Phan Minh Họa", "01/02/2011", "Nữ", "Nấu ăn", "", "10", "Giỏi"),
        ("Ngô Bảng Tính", "30/6/2011", "Nam", "lam-vuon", "5", "5,5", "Trung bình"),
    ]
    rows = [["TRƯỜNG THCS THỬ NGHIỆM SỐ MỘT"], ["DANH SÁCH CẤP GIẤY CHỨNG NHẬN NGHỀ PHỔ THÔNG"], heading]
    for number, (name, birth, sex, trade, theory, practice, grade) in enumerate(learners, 1):
        rows.append([
            str(number), name, birth, sex, "Trường THCS Thử Nghiệm Số Một", trade, theory, practice, grade, "2026", "28/5/2026",
            "Phạm Thử Hiệu Trưởng", f"NPT-{number:04}/2026", "0000000000",
        ])
    rows += [[""], ["", "Tổng cộng: 4 giấy"], [""] * 10 + ["Hiệu trưởng"], [""] * 10 + ["Phạm Thử Hiệu Trưởng"]]
    lines = [";".join(row + [""] * (len(heading) - len(row))) for row in rows]
    path.write_text("".join(line + "\r\n" for line in lines), encoding="utf-8-sig", newline="")


if __name__ == "__main__":
    class_of_40(HERE / "hoc-ba-9-1.xlsx")
    class_of_8(HERE / "hoc-ba-10a1.xls")
    diplomas(HERE / "bang-tot-nghiep.csv")
    vocational(HERE / "giay-chung-nhan-nghe.csv")
    full_of_mistakes(HERE / "hoc-ba-day-loi.xlsx")
    signed_pdf(HERE / "hoc-ba-da-ky.pdf")
