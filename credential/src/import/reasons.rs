//! Every reason the import can give: stable code, the sentence and its remedy, in Vietnamese and in English.

use super::finding::Reason;
use super::finding::Severity::{Error, Warning};

/// Writes the constants of one list, and the list.
macro_rules! reasons {
    ($(#[$about:meta])* $list:ident; $($name:ident $code:literal $severity:ident
        $vi:literal $en:literal => $remedy_vi:literal $remedy_en:literal)*) => {
        $(pub(super) const $name: Reason = Reason {
            code: $code,
            severity: $severity,
            vi: $vi,
            en: $en,
            remedy_vi: $remedy_vi,
            remedy_en: $remedy_en,
        };)*
        $(#[$about])*
        #[cfg(test)]
        pub(super) const $list: &[&Reason] = &[$(&$name),*];
    };
}

reasons! {
/// About the whole file.
ABOUT_FILES;

FILE_EMPTY "file-empty" Error
    "Tệp không có nội dung."
    "The file is empty."
    => "Chọn đúng tệp."
    "Choose the right file."

FILE_TOO_LARGE "file-too-large" Error
    "Tệp lớn hơn {}."
    "The file is larger than {}."
    => "Tách tệp theo lớp hoặc khối."
    "Split the file by class or grade."

FORMAT_UNKNOWN "format-unknown" Error
    "Đây không phải là bảng tính Excel (.xlsx, .xls) hay tệp CSV."
    "This is not an Excel workbook (.xlsx, .xls) or a CSV file."
    => "Mở tệp bằng Excel và lưu thành .xlsx; tệp PDF hay XML đã ký thì dùng sogoc seal-file."
    "Open the file in Excel and save it as .xlsx; for a signed PDF or XML use sogoc seal-file."

FORMAT_HTML "format-html" Error
    "Tệp mang đuôi của Excel nhưng thật ra là trang web (HTML)."
    "The file is named like an Excel file but is really a web page (HTML)."
    => "Mở tệp bằng Excel và lưu thành .xlsx."
    "Open the file in Excel and save it as .xlsx."

FORMAT_OLD "format-old" Error
    "Tệp .xls do Excel 95 trở về trước tạo ra."
    "The .xls file was made by Excel 95 or earlier."
    => "Mở tệp bằng Excel và lưu thành .xlsx."
    "Open the file in Excel and save it as .xlsx."

FILE_DAMAGED "file-damaged" Error
    "Tệp bị hỏng hoặc tải về chưa đủ."
    "The file is damaged or was not downloaded completely."
    => "Lấy lại tệp, hoặc mở bằng Excel và lưu thành .xlsx."
    "Fetch the file again, or open it in Excel and save it as .xlsx."

FILE_ENCRYPTED "file-encrypted" Error
    "Tệp được bảo vệ bằng mật khẩu."
    "The file is protected by a password."
    => "Bỏ mật khẩu (Tệp, Thông tin, Bảo vệ sổ làm việc), lưu rồi nhập lại."
    "Remove the password (File, Info, Protect Workbook), save, and import again."

ENCODING_UNKNOWN "encoding-unknown" Error
    "Tệp CSV không dùng bảng mã UTF-8 (có thể là Windows-1258, TCVN3 hoặc UTF-16)."
    "The CSV file is not in UTF-8 (it may be Windows-1258, TCVN3 or UTF-16)."
    => "Trong Excel chọn Lưu thành: CSV UTF-8, hoặc lưu thành .xlsx."
    "In Excel choose Save as: CSV UTF-8, or save as .xlsx."

FONT_LEGACY "font-legacy" Error
    "Cột họ tên gõ bằng bảng mã cũ (TCVN3 .VnTime hoặc VNI)."
    "The names use an old font encoding (TCVN3 .VnTime or VNI)."
    => "Chuyển cả tệp sang Unicode, kiểm tra lại rồi nhập."
    "Convert the whole file to Unicode, check it, import again."

UNPACKED_TOO_LARGE "unpacked-too-large" Error
    "Tệp .xlsx giải nén ra lớn hơn {}."
    "The .xlsx file unpacks to more than {}."
    => "Chỉ giữ bảng điểm trong tệp; tách theo lớp hoặc khối."
    "Keep only the table in the file; split it by class or grade."

DATES_1904 "dates-1904" Error
    "Sổ làm việc dùng hệ ngày 1904 (Excel cho Mac cũ): mọi ngày sẽ lệch bốn năm."
    "The workbook uses the 1904 date system (old Excel for Mac): every date would be off by four years."
    => "Trong Excel: Tệp, Tùy chọn, Nâng cao, bỏ Dùng hệ ngày 1904, kiểm tra lại các ngày."
    "In Excel: File, Options, Advanced, clear Use 1904 date system, check the dates."

TOO_MANY_ROWS "too-many-rows" Error
    "Bảng có nhiều hơn {} dòng."
    "The table has more than {} rows."
    => "Tách tệp theo lớp hoặc khối."
    "Split the file by class or grade."

TOO_MANY_COLUMNS "too-many-columns" Error
    "Bảng có nhiều hơn {} cột."
    "The table has more than {} columns."
    => "Xóa các cột thừa."
    "Delete the columns that are not needed."

TOO_MUCH_TEXT "too-much-text" Error
    "Các ô của tệp chứa quá {} chữ."
    "The cells of the file hold more than {} of text."
    => "Tách tệp theo lớp hoặc khối."
    "Split the file by class or grade."

TOO_MANY_FINDINGS "too-many-findings" Error
    "Tệp có quá {} lỗi."
    "The file has more than {} findings."
    => "Kiểm tra loại hồ sơ đã chọn và các cột, sửa lỗi lặp lại ở nhiều dòng, rồi nhập lại."
    "Check the type you chose and the columns, correct what is wrong in many rows, import again."

SHEET_UNKNOWN "sheet-unknown" Error
    "Tệp không có trang tính {}."
    "The file has no sheet {}."
    => "Kiểm tra tên trang tính."
    "Check the name of the sheet."

HEADER_NOT_FOUND "header-not-found" Error
    "Không tìm thấy dòng tiêu đề có cột Họ và tên trong {} dòng đầu."
    "No header row with the column Họ và tên is among the first {} rows."
    => "Đặt dòng tiêu đề (STT, Họ và tên, Ngày sinh, …) ở đầu bảng."
    "Put the header row (STT, Họ và tên, Ngày sinh, …) at the top of the table."

COLUMNS_MISSING "columns-missing" Error
    "Thiếu cột bắt buộc: {}."
    "Required columns are missing: {}."
    => "Thêm các cột này, hoặc kiểm tra loại hồ sơ đã chọn."
    "Add these columns, or check the type you chose."

COLUMN_REPEATED "column-repeated" Error
    "Hai cột cùng mang một nội dung: {}."
    "Two columns hold the same thing: {}."
    => "Giữ một cột, xóa hoặc đổi tên cột kia."
    "Keep one column, delete or rename the other."

CONTEXT_MISSING "context-missing" Error
    "Không thấy {} trong bảng, trong các dòng tiêu đề hay trong tùy chọn."
    "{} is neither in the table, nor in its title rows, nor given as an option."
    => "Ghi vào dòng tiêu đề (TRƯỜNG …, LỚP …, NĂM HỌC …, ngày … tháng … năm …), thêm cột, hoặc chọn khi nhập."
    "Write it in the title rows (TRƯỜNG …, LỚP …, NĂM HỌC …, ngày … tháng … năm …), add a column, or give the option."

OPTION_UNREADABLE "option-unreadable" Error
    "Không đọc được tùy chọn: {}."
    "The option cannot be read: {}."
    => "Ghi năm học như 2025-2026, năm tốt nghiệp như 2026, ngày như 2026-05-28."
    "Write a school year like 2025-2026, an exam year like 2026, a date like 2026-05-28."

NO_ROWS "no-rows" Error
    "Bảng không có người học nào."
    "The table has no learners."
    => "Kiểm tra tệp và trang tính."
    "Check the file and the sheet."
}

reasons! {
/// About one row; the example file of mistakes shows each of them.
ABOUT_ROWS;

MISSING_VALUE "missing-value" Error
    "Ô bắt buộc đang để trống."
    "A required cell is empty."
    => "Điền ô này rồi nhập lại tệp."
    "Fill in the cell and import the file again."

CELL_ERROR "cell-error" Error
    "Ô chứa lỗi công thức của Excel (như #N/A, #REF!)."
    "The cell holds an Excel formula error (such as #N/A, #REF!)."
    => "Sửa công thức, hoặc thay bằng giá trị."
    "Repair the formula, or replace it with its value."

CELL_TOO_LONG "cell-too-long" Error
    "Nội dung ô dài quá {} ký tự."
    "The cell is longer than {} characters."
    => "Rút gọn nội dung ô."
    "Shorten the text."

LEGACY_FONT "legacy-font" Error
    "Chữ gõ bằng bảng mã cũ (TCVN3 .VnTime hoặc VNI), không phải Unicode."
    "The text uses an old font encoding (TCVN3 .VnTime or VNI), not Unicode."
    => "Chuyển bảng mã sang Unicode (ví dụ bằng công cụ chuyển mã của bộ gõ), kiểm tra lại rồi nhập."
    "Convert the text to Unicode (for instance with the converter of your keyboard program), check it, import again."

NAME_UNREADABLE "name-unreadable" Error
    "Họ tên hoặc tên gọi có ký tự không dùng trong tên (chữ số, ký hiệu)."
    "The name holds characters that names do not have (digits, symbols)."
    => "Sửa lại đúng như giấy khai sinh."
    "Correct it to match the birth certificate."

DATE_UNREADABLE "date-unreadable" Error
    "Không đọc được ngày."
    "The date cannot be read."
    => "Gõ ngày/tháng/năm với năm đủ bốn chữ số, ví dụ 07/03/2011."
    "Type day/month/year with a four-digit year, for example 07/03/2011."

DATE_IMPOSSIBLE "date-impossible" Error
    "Ngày này không có trên lịch (có thể đã đảo ngày và tháng)."
    "There is no such day in the calendar (day and month may be swapped)."
    => "Gõ lại theo thứ tự ngày/tháng/năm."
    "Type it again as day/month/year."

DATE_IMPLAUSIBLE "date-implausible" Error
    "Ngày không hợp lý so với năm học hoặc năm tốt nghiệp."
    "The date makes no sense for this school year or exam year."
    => "Đối chiếu với giấy khai sinh hoặc quyết định, rồi sửa."
    "Compare it with the birth certificate or the decision, and correct it."

AGE_UNUSUAL "age-unusual" Warning
    "Tuổi của người học khác thường đối với cấp học này."
    "The learner's age is unusual for this level."
    => "Đối chiếu ngày sinh với giấy khai sinh."
    "Compare the birth date with the birth certificate."

SEX_UNREADABLE "sex-unreadable" Error
    "Giới tính phải là Nam hoặc Nữ."
    "Sex must be Nam (male) or Nữ (female)."
    => "Gõ Nam hoặc Nữ."
    "Type Nam or Nữ."

ID_LOST_ZEROS "id-lost-zeros" Error
    "Mã có ít chữ số hơn quy định: Excel đã bỏ các số 0 ở đầu."
    "The number has too few digits: Excel dropped its leading zeros."
    => "Định dạng cột là Văn bản (Text), rồi gõ hoặc xuất lại mã đủ {} chữ số."
    "Format the column as Text, then type or export the number again with all {} digits."

ID_SCIENTIFIC "id-scientific" Error
    "Mã đã bị Excel đổi thành dạng 3,11E+11, các chữ số cuối đã mất."
    "Excel turned the number into the form 3.11E+11; its last digits are lost."
    => "Định dạng cột là Văn bản (Text), rồi gõ hoặc xuất lại mã đủ {} chữ số."
    "Format the column as Text, then type or export the number again with all {} digits."

ID_UNREADABLE "id-unreadable" Error
    "Mã phải gồm đúng {} chữ số."
    "The number must have exactly {} digits."
    => "Kiểm tra và gõ lại mã."
    "Check the number and type it again."

ID_CONTRADICTS "id-contradicts" Warning
    "Số định danh cá nhân không khớp với giới tính hoặc năm sinh."
    "The personal id does not agree with the sex or the birth year."
    => "Đối chiếu với giấy khai sinh hoặc căn cước."
    "Compare with the birth certificate or the identity card."

CLASS_BECAME_DATE "class-became-date" Error
    "Tên lớp đã bị Excel đổi thành ngày tháng."
    "Excel turned the class name into a date."
    => "Định dạng cột là Văn bản (Text), rồi gõ lại tên lớp."
    "Format the column as Text, then type the class again."

CLASS_WRONG_LEVEL "class-wrong-level" Error
    "Lớp không thuộc cấp học của loại hồ sơ này."
    "The class does not belong to the level of this document type."
    => "Chọn đúng loại hồ sơ (hoc-ba-thcs, hoc-ba-thpt), hoặc sửa tên lớp."
    "Choose the right type (hoc-ba-thcs, hoc-ba-thpt), or correct the class."

YEAR_UNREADABLE "year-unreadable" Error
    "Không đọc được năm học hoặc năm tốt nghiệp."
    "The school year or exam year cannot be read."
    => "Gõ năm học như 2025-2026, năm tốt nghiệp như 2026."
    "Type a school year like 2025-2026, an exam year like 2026."

MARK_UNREADABLE "mark-unreadable" Error
    "Điểm phải là một số từ 0 đến 10."
    "A mark must be a number from 0 to 10."
    => "Gõ điểm như 7,5."
    "Type the mark like 7,5."

MARK_OUT_OF_RANGE "mark-out-of-range" Error
    "Điểm nằm ngoài khoảng 0 đến 10 (có thể thiếu dấu phẩy)."
    "The mark is outside 0 to 10 (a comma may be missing)."
    => "Gõ điểm như 7,5."
    "Type the mark like 7,5."

MARK_TOO_PRECISE "mark-too-precise" Error
    "Điểm có nhiều hơn một chữ số thập phân."
    "The mark has more than one decimal."
    => "Làm tròn đến một chữ số thập phân, ví dụ bằng hàm ROUND(…;1)."
    "Round it to one decimal, for instance with ROUND(…;1)."

PASS_UNREADABLE "pass-unreadable" Error
    "Môn đánh giá bằng nhận xét phải ghi Đạt hoặc Chưa đạt."
    "A subject assessed by comment must say Đạt or Chưa đạt."
    => "Gõ Đ (Đạt) hoặc CĐ (Chưa đạt)."
    "Type Đ (Đạt) or CĐ (Chưa đạt)."

SUBJECT_EXEMPT "subject-exempt" Warning
    "Người học được miễn môn này; học bạ sẽ không ghi môn."
    "The learner is exempt from this subject; the record will not list it."
    => "Kiểm tra quyết định miễn học."
    "Check the decision on the exemption."

ELECTIVES_UNUSUAL "electives-unusual" Warning
    "Số môn học lựa chọn khác {}."
    "The number of elective subjects is not {}."
    => "Kiểm tra các môn lựa chọn của người học."
    "Check the learner's elective subjects."

LEVEL_UNREADABLE "level-unreadable" Error
    "Mức phải là Tốt, Khá, Đạt hoặc Chưa đạt."
    "A level must be Tốt, Khá, Đạt or Chưa đạt."
    => "Gõ T, K, Đ hoặc CĐ."
    "Type T, K, Đ or CĐ."

ABSENCES_UNREADABLE "absences-unreadable" Error
    "Số buổi nghỉ phải là số nguyên từ 0 đến {}."
    "Absences must be a whole number of half-days from 0 to {}."
    => "Gõ số buổi nghỉ; không nghỉ thì gõ 0."
    "Type the number of half-days; type 0 for none."

PROMOTION_UNREADABLE "promotion-unreadable" Error
    "Không hiểu kết quả lên lớp."
    "The promotion result is not understood."
    => "Gõ Được lên lớp, Không được lên lớp, hoặc Được lên lớp sau kiểm tra lại."
    "Type Được lên lớp, Không được lên lớp, or Được lên lớp sau kiểm tra lại."

PROMOTION_PENDING "promotion-pending" Error
    "Người học còn phải kiểm tra lại hoặc rèn luyện trong hè: học bạ chưa hoàn thành."
    "The learner still has a re-test or summer training ahead: the record is not complete."
    => "Nhập lại dòng này khi đã có kết quả."
    "Import this row again when the result is known."

YEAR_MARK_WRONG "year-mark-wrong" Error
    "Điểm cả năm không bằng (HKI + 2 × HKII) / 3 làm tròn đến một chữ số thập phân (Thông tư 22/2021)."
    "The year mark is not (HKI + 2 × HKII) / 3 rounded to one decimal (Circular 22/2021)."
    => "Đối chiếu với sổ điểm và sửa điểm sai."
    "Compare with the gradebook and correct the wrong mark."

LEVEL_TOO_HIGH "level-too-high" Error
    "Mức học tập cao hơn mức mà điểm cho phép (Thông tư 22/2021)."
    "The learning level is above what the marks allow (Circular 22/2021)."
    => "Đối chiếu với sổ điểm, sửa điểm hoặc mức."
    "Compare with the gradebook, correct the marks or the level."

LEVEL_TOO_LOW "level-too-low" Warning
    "Mức học tập thấp hơn mức mà điểm cho phép."
    "The learning level is below what the marks allow."
    => "Kiểm tra lại; có thể do môn không có trong bảng."
    "Check it; a subject that is not in the table may explain it."

PROMOTION_NOT_ALLOWED "promotion-not-allowed" Error
    "Được lên lớp trong khi rèn luyện hoặc học tập Chưa đạt, hoặc nghỉ quá 45 buổi (Thông tư 22/2021)."
    "Promoted although conduct or learning is Chưa đạt, or more than 45 half-days were missed (Circular 22/2021)."
    => "Đối chiếu kết quả; nếu đã kiểm tra lại, ghi điểm kiểm tra lại và Được lên lớp sau kiểm tra lại."
    "Compare the results; after a re-test, give its mark and write Được lên lớp sau kiểm tra lại."

PROMOTION_DENIED "promotion-denied" Warning
    "Không được lên lớp trong khi đủ điều kiện lên lớp."
    "Not promoted although every condition is met."
    => "Kiểm tra lại kết quả lên lớp."
    "Check the promotion result."

DUPLICATE_LEARNER "duplicate-learner" Error
    "Người học này còn có ở dòng {}."
    "The same learner is also in row {}."
    => "Giữ một dòng, xóa dòng kia."
    "Keep one row, delete the other."

DUPLICATE_ID "duplicate-id" Error
    "Số định danh cá nhân này còn có ở dòng {}."
    "The same personal id is also in row {}."
    => "Kiểm tra số định danh của cả hai người học."
    "Check the personal id of both learners."

DUPLICATE_REGISTER "duplicate-register" Error
    "Số vào sổ gốc này còn có ở dòng {}."
    "The same register number is also in row {}."
    => "Mỗi bằng có một số vào sổ gốc riêng: sửa số trùng."
    "Every diploma has its own register number: correct the repeated one."

DUPLICATE_SERIAL "duplicate-serial" Error
    "Số hiệu này còn có ở dòng {}."
    "The same serial number is also in row {}."
    => "Mỗi phôi bằng có một số hiệu riêng: sửa số trùng."
    "Every blank form has its own serial number: correct the repeated one."

NUMBER_UNREADABLE "number-unreadable" Error
    "Số hiệu hoặc số vào sổ gốc có ký tự lạ."
    "The serial or register number holds unexpected characters."
    => "Chỉ dùng chữ, số và các dấu / - . trong số."
    "Use only letters, digits and / - . in the number."

ROW_NOT_UNDERSTOOD "row-not-understood" Error
    "Dòng có nội dung nhưng không phải là một người học."
    "The row holds something, but not a learner."
    => "Xóa dòng, hoặc điền đủ các ô của người học."
    "Delete the row, or fill in the learner's cells."

SHEET_NOT_READ "sheet-not-read" Warning
    "Trang tính {} cũng có bảng, nhưng mỗi lần chỉ nhập một trang tính."
    "The sheet {} also holds such a table, but one sheet is imported at a time."
    => "Nhập trang tính kia riêng."
    "Import the other sheet separately."
}

reasons! {
/// About tables of types that the ledger defines.
ABOUT_DEFINED;

TYPE_WITHOUT_TABLE "type-without-table" Error
    "Định nghĩa của loại {} không nói cách đọc bảng của loại này."
    "The definition of the type {} does not say how a table of it is read."
    => "Đề nghị Sở ban hành phiên bản có phần table."
    "Ask the Department for a version that has a table."

CODE_UNKNOWN "code-unknown" Error
    "Ô không có trong danh mục {}."
    "The cell is not in the list {}."
    => "Gõ một mục của danh mục: sogoc definition show cho biết có những mục nào."
    "Type an entry of the list: sogoc definition show tells which there are."

FORM_WRONG "form-wrong" Error
    "Ô không đúng dạng mà loại văn bản quy định."
    "The cell has not the form that the type prescribes."
    => "Sửa ô theo dạng của loại: sogoc definition show cho biết dạng nào."
    "Correct the cell: sogoc definition show tells which form it has."
}
