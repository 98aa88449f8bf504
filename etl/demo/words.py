"""Invented words: what residents write and what they call themselves. No name here is anybody's."""

import polars as pl

QUESTIONS: dict[str, tuple[str, ...]] = {
    "procedure": (
        "Cho em hỏi làm căn cước cần mang giấy tờ gì ạ?",
        "Đăng ký tạm trú cho người thuê nhà làm ở đâu; có phải đặt lịch không ạ?",
        "Sau sáp nhập phường có phải đổi địa chỉ trên căn cước không?",
        "Em nộp hồ sơ cư trú qua mạng đã lâu, nhờ các anh kiểm tra giúp.",
    ),
    "information": (
        "Chiều nay trụ sở có làm việc không ạ?",
        "Cho hỏi tuyến đường trước cổng chợ bao giờ hết cấm?",
        "Xin số trực ban của phường mình với ạ.",
        "Lịch tiếp dân tháng này thế nào ạ?",
    ),
    "public_order": (
        'Nhà bên hát "kẹo kéo" từ tối đến giờ, nhờ các anh nhắc giúp.',
        "Thanh niên tụ tập nẹt pô đầu ngõ, rất ồn.",
        "Có nhóm cãi nhau to trước quán nước.",
        "Hàng quán lấn hết vỉa hè, trẻ con phải đi xuống lòng đường.",
    ),
    "violation": (
        "Xe tải đỗ kín ngõ cả ngày.",
        "Có người đốt rác sau chung cư, khói mù mịt.",
        "Xe máy đi ngược chiều ở ngõ chợ sáng nào cũng có.",
        "Công trình đổ vật liệu ra đường; trời mưa rất trơn.",
    ),
    "traffic_accident": (
        "Va chạm xe máy ở ngã tư, đường đang tắc.",
        "Có tai nạn gần cầu vượt, nhờ các anh ra phân luồng.",
        "Ô tô quệt xe đạp rồi bỏ đi.",
        "Xe đổ giữa đường, người không sao nhưng cản trở giao thông.",
    ),
    "theft": (
        "Nhà em mất xe đạp để trong sân đêm qua.",
        "Vừa bị giật điện thoại ở đầu ngõ.",
        "Có kẻ lạ đi dò cửa từng nhà trong khu tập thể.",
        "Shop em bị trộm hàng; camera có ghi lại.",
    ),
    "rumour": (
        "Tin bắt cóc trẻ em đang chia sẻ có thật không ạ?",
        "Có đúng là sắp thu phí vào phường không các anh?",
        "Thấy bảo mai cấm đường cả ngày, thật không ạ?",
        "Tin nhắn báo phạt nguội này là thật hay lừa đảo ạ?",
    ),
    "emergency": (
        "Cháy ở tầng hai nhà trong ngõ, cần hỗ trợ gấp!",
        "Có người ngất ngoài đường, gọi giúp cấp cứu.",
        "Trẻ lạc ở cổng công viên,\nbé mặc áo vàng.",
        "Mùi khí ga rất nặng trong khu nhà trọ.",
    ),
    "other": (
        "Em nhặt được ví ở bến xe buýt.",
        "Con mèo mắc trên cây trước nhà văn hoá ạ.",
        "Góp ý đặt thêm ghế ở chỗ chờ.",
        "Cảm ơn các anh đã hỗ trợ đêm hội.",
    ),
}

PRAISE = (
    "Các anh làm nhanh gọn, cảm ơn nhiều.",
    "Cán bộ hướng dẫn rất rõ ràng.",
    "Nhiệt tình, đến tận nơi.",
    "Lịch sự; giải thích dễ hiểu.",
)
BLAME = ("Chờ mãi không ai trả lời.", "Hướng dẫn mỗi lần một khác.", "Thái độ chưa đúng mực.", "Đi lại ba lần mới xong.")

ANSWERS = (
    "Chào bạn, đã có cán bộ đến xem, bạn yên tâm nhé.",
    "Bạn mang căn cước đến bộ phận một cửa trong giờ hành chính.",
    "Trực ban đã ghi nhận và chuyển tổ công tác.",
    "Việc này đã xử lý xong; bạn cần gì thêm thì nhắn lại.",
    "Bạn gửi thêm địa chỉ và giờ xảy ra giúp mình với.",
)
THANKS = ("Em cảm ơn các anh.", "Cảm ơn đã hỗ trợ nhanh ạ.", "Vâng, em hiểu rồi.", "Tuyệt vời, cảm ơn phường mình!")
POSTS = (
    "Lịch tiếp công dân tuần này: sáng thứ Ba và thứ Năm.",
    "Cảnh giác với cuộc gọi giả danh công an yêu cầu chuyển tiền.",
    "Tuần tra đêm: khoá xe, khoá cửa trước khi ngủ.",
    "Hướng dẫn nộp hồ sơ cư trú qua mạng, không phải xếp hàng.",
    "Cuối tuần cấm xe ở tuyến phố đi bộ, bà con lưu ý.",
)

_CREATURES = ("Mèo", "Thỏ", "Sóc", "Cá", "Gấu", "Nhím", "Vịt", "Chim Sẻ", "Ong", "Bướm", "Rùa", "Cún", "Dế", "Cò", "Én")
_MOODS = ("Lười", "Vàng", "Xanh", "Ngủ Nướng", "Hay Cười", "Tí Hon", "Mơ Màng", "Lém Lỉnh", "Đi Bộ", "Thích Phở", "Chăm Chỉ", "Bé Bỏng")


def nicknames(numbers: pl.Series) -> pl.Series:
    """The nickname of each number from 0; null for null."""
    pairs = pl.Series([f"{creature} {mood}" for creature in _CREATURES for mood in _MOODS])
    return pairs.gather(numbers % len(pairs)) + " " + (numbers // len(pairs) + 1).cast(pl.String)
