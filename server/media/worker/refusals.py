"""Whoever is turned away, in words a technician acts on. Pure."""

from server.media.messages import RefusedWhy


def refusal(why: RefusedWhy, peer: str, time: str, busy_with: str) -> str:
    """Who was turned away, why, and what to do."""
    match why:
        case "key":
            return f"Sai khóa từ {peer} lúc {time}"
        case "old_key":
            return f"Khóa cũ từ {peer} lúc {time}: khóa đã đổi, chép khóa mới ở trang Nguồn tín hiệu"
        case "busy":
            return f"Đã có nguồn khác đang phát bằng khóa này ({busy_with}): đã từ chối {peer} lúc {time}"
        case "kind":
            return (
                f"{peer} phát RTMP đúng khóa lúc {time}, nhưng nguồn này không nhận bằng RTMP: "
                "bấm “Đổi cách đưa vào” rồi chọn RTMP"
            )
        case "app":
            return f"{peer} phát RTMP đúng khóa nhưng sai địa chỉ máy chủ lúc {time}: chép lại địa chỉ ở trang Nguồn tín hiệu"
