#!/usr/bin/env python3
"""Writes a school's learning records as CSV, for measuring: school.py COUNT. Nobody in it is real."""

import sys

SCORED = ["Ngữ văn", "Toán", "Ngoại ngữ 1", "GDCD", "Lịch sử và Địa lí", "KHTN", "Công nghệ", "Tin học"]
COMMENTED = ["GDTC", "Nghệ thuật", "Nội dung giáo dục địa phương", "HĐTN-HN"]
TERMS = ["HKI", "HKII", "CN"]

header = ["Mã học sinh", "Họ và tên", "Ngày sinh", "Giới tính", "Trường", "Lớp", "Năm học"]
header += [f"{subject} {term}" for subject in SCORED + COMMENTED for term in TERMS]
header += [f"RL {term}" for term in TERMS] + [f"HT {term}" for term in TERMS] + ["Số buổi nghỉ", "Được lên lớp"]
print(";".join(header))
for number in range(int(sys.argv[1])):
    row = [f"{number + 1_000_000:010}", "Nguyễn Thử Nghiệm", "07/03/2011", "Nữ", "THCS Mẫu Một", f"9/{number // 40 + 1}", "2025-2026"]
    row += ["8,2", "8,5", "8,4"] * len(SCORED) + ["Đ", "Đ", "Đ"] * len(COMMENTED)
    row += ["Tốt"] * 6 + ["2", "x"]
    print(";".join(row))
