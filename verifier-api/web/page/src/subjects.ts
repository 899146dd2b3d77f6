/** The subjects of the programme with their English names, in the order of a printed report book. */
export const SUBJECTS: Readonly<Record<string, string>> = {
  'Ngữ văn': 'Literature', Toán: 'Mathematics', 'Ngoại ngữ 1': 'Foreign language 1', 'Ngoại ngữ 2': 'Foreign language 2',
  'Giáo dục công dân': 'Civic education', 'Giáo dục kinh tế và pháp luật': 'Economic and legal education',
  'Lịch sử và Địa lí': 'History and geography', 'Lịch sử': 'History', 'Địa lí': 'Geography',
  'Khoa học tự nhiên': 'Natural sciences', 'Vật lí': 'Physics', 'Hóa học': 'Chemistry', 'Sinh học': 'Biology',
  'Công nghệ': 'Technology', 'Tin học': 'Informatics', 'Giáo dục quốc phòng và an ninh': 'Defence and security education',
  'Giáo dục thể chất': 'Physical education', 'Nghệ thuật': 'Arts', 'Âm nhạc': 'Music', 'Mĩ thuật': 'Fine arts',
  'Hoạt động trải nghiệm, hướng nghiệp': 'Experiential and career activities',
  'Nội dung giáo dục của địa phương': 'Local education',
};
