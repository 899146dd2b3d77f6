//! Everything that is not an answer, as RFC 9457 problem documents.
//!
//! # Format
//!
//! `application/problem+json`:
//!
//! ```json
//! {"type": "urn:sogoc:problem:unknown-batch", "code": "unknown-batch", "status": 404,
//!  "title": "Unknown batch", "detail": "…", "detail_vi": "…"}
//! ```
//!
//! The codes never change their meaning. Those of [`Refusal`] are used as they are. Details say what to do; they repeat
//! nothing that the client sent. `Retry-After` is set where trying again can help.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sogoc_ledger::refusal::Refusal;
use sogoc_store::StoreFault;

use crate::SMALL_BATCH;
use crate::ask::Parameter;
use crate::clients::Wait;

/// Why there is no answer.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The transaction is not valid.
    Refused(Refusal),
    /// Not the encoding of a transaction.
    TransactionMalformed,
    /// A parameter of the path or the query is not what it should be.
    BadParameter(Parameter),
    /// A parameter that this route does not have, or one twice.
    UnexpectedParameter,
    UnknownRoute,
    MethodNotAllowed,
    NotAcceptable,
    UnsupportedMediaType,
    BodyTooLarge,
    BodyTooSlow,
    BodyUnreadable,
    /// More lines than a stream may have.
    TooManyLines,
    /// This client has as many requests in progress as it may.
    TooManyRequests,
    /// This client follows as many streams of events as it may.
    TooManyStreams,
    /// This client submits too fast; seconds to wait.
    TooManySubmissions(u64),
    /// There are as many requests in progress as the node takes.
    Busy,
    TimedOut,
    PoolFull,
    NodeStopped,
    /// Why, as a stable code.
    NotReady(&'static str),
    UnknownHeight,
    NoCertificate,
    NotOlder,
    UnknownIssuer,
    UnknownBatch,
    UnknownMotion,
    UnknownDefinition,
    NoRoots,
    BatchExists,
    SmallBatch,
    StoreFault,
    Internal,
}

/// What is the same for every problem of a code.
struct Texts {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    english: &'static str,
    vietnamese: &'static str,
}

impl Problem {
    fn texts(self) -> Texts {
        let texts = |status, code, title, english, vietnamese| Texts { status, code, title, english, vietnamese };
        use StatusCode as S;
        match self {
            Self::Refused(refusal) => texts(
                match refusal {
                    Refusal::AlreadySealed
                    | Refusal::StatusChangedMeanwhile
                    | Refusal::AlreadyProposed
                    | Refusal::AlreadyVoted
                    | Refusal::AlreadyReady => S::CONFLICT,
                    _ => S::UNPROCESSABLE_ENTITY,
                },
                refusal.code(),
                "The transaction is refused",
                refusal.english(),
                refusal.vietnamese(),
            ),
            Self::TransactionMalformed => texts(
                S::BAD_REQUEST,
                "transaction-malformed",
                "Not a transaction",
                "The body is not the encoding of a transaction. Send it with a current version of the tool.",
                "Nội dung gửi lên không phải là một giao dịch được mã hóa đúng. Hãy gửi bằng phiên bản công cụ hiện hành.",
            ),
            Self::BadParameter(parameter) => texts(
                S::BAD_REQUEST,
                "bad-parameter",
                "A parameter is not what it should be",
                parameter.english(),
                parameter.vietnamese(),
            ),
            Self::UnexpectedParameter => texts(
                S::BAD_REQUEST,
                "unexpected-parameter",
                "Unexpected parameter",
                "The query has a parameter that this route does not know, or has one twice. Leave it out.",
                "Truy vấn có tham số mà đường dẫn này không nhận, hoặc một tham số lặp lại. Hãy bỏ tham số đó.",
            ),
            Self::UnknownRoute => texts(
                S::NOT_FOUND,
                "unknown-route",
                "Unknown route",
                "There is nothing at this address. Check its spelling; everything is under /v1.",
                "Không có gì ở địa chỉ này. Hãy kiểm tra chính tả; mọi đường dẫn bắt đầu bằng /v1.",
            ),
            Self::MethodNotAllowed => texts(
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
                "This address does not take this method. The Allow header names those that it takes.",
                "Địa chỉ này không nhận phương thức vừa dùng. Tiêu đề Allow nêu các phương thức được nhận.",
            ),
            Self::NotAcceptable => texts(
                S::NOT_ACCEPTABLE,
                "not-acceptable",
                "No acceptable form",
                "Answers come as application/vnd.sogoc or application/json, events as text/event-stream or application/json. Accept one of them.",
                "Kết quả có dạng application/vnd.sogoc hoặc application/json, sự kiện có dạng text/event-stream hoặc application/json. Hãy chấp nhận một trong các dạng đó.",
            ),
            Self::UnsupportedMediaType => texts(
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
                "Transactions are taken as application/vnd.sogoc, a document to check as application/json, many as application/x-ndjson. Set the Content-Type header.",
                "Giao dịch được nhận ở dạng application/vnd.sogoc, một hồ sơ cần xác minh ở dạng application/json, nhiều hồ sơ ở dạng application/x-ndjson. Hãy đặt tiêu đề Content-Type.",
            ),
            Self::BodyTooLarge => texts(
                S::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The body is too large",
                "The body is larger than anything that this address takes. Seal the documents in several batches; send one document at a time to be checked.",
                "Nội dung gửi lên lớn hơn mức mà địa chỉ này nhận. Hãy chia hồ sơ thành nhiều lô khi ghi sổ; khi xác minh, hãy gửi từng hồ sơ.",
            ),
            Self::BodyTooSlow => texts(
                S::REQUEST_TIMEOUT,
                "body-too-slow",
                "The body did not arrive in time",
                "The body took too long to arrive. Check the connection and send it again: a transaction applies at most once.",
                "Nội dung gửi lên quá chậm. Hãy kiểm tra đường truyền rồi gửi lại: một giao dịch chỉ có hiệu lực một lần.",
            ),
            Self::BodyUnreadable => texts(
                S::BAD_REQUEST,
                "body-unreadable",
                "The body did not arrive whole",
                "The body did not arrive whole. Send it again: a transaction applies at most once.",
                "Nội dung gửi lên không đến đủ. Hãy gửi lại: một giao dịch chỉ có hiệu lực một lần.",
            ),
            Self::TooManyLines => texts(
                S::PAYLOAD_TOO_LARGE,
                "too-many-lines",
                "Too many lines",
                "The stream has more lines than this node checks in one request. Send the rest in another.",
                "Luồng có nhiều dòng hơn mức xác minh trong một yêu cầu. Hãy gửi phần còn lại trong yêu cầu khác.",
            ),
            Self::TooManyRequests => texts(
                S::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many requests at once",
                "This address has as many requests in progress as it may. Wait for some of them, then try again.",
                "Địa chỉ của bạn đang có tối đa số yêu cầu được phép. Hãy chờ vài yêu cầu hoàn thành rồi thử lại.",
            ),
            Self::TooManyStreams => texts(
                S::TOO_MANY_REQUESTS,
                "too-many-streams",
                "Too many streams of events",
                "This address follows as many streams of events as it may. Close one of them, or follow all issuers in one.",
                "Địa chỉ của bạn đang theo dõi tối đa số luồng sự kiện được phép. Hãy đóng bớt, hoặc theo dõi mọi đơn vị cấp trong một luồng.",
            ),
            Self::TooManySubmissions(_) => texts(
                S::TOO_MANY_REQUESTS,
                "too-many-submissions",
                "Too many transactions",
                "This address submits faster than it may. Wait as long as Retry-After says; put more documents into a batch.",
                "Địa chỉ của bạn gửi giao dịch nhanh hơn mức cho phép. Hãy chờ theo Retry-After; nên gộp nhiều hồ sơ vào một lô.",
            ),
            Self::Busy => texts(
                S::SERVICE_UNAVAILABLE,
                "busy",
                "The node is busy",
                "The node has as many requests as it takes. Try again soon, or ask another node.",
                "Nút đang xử lý tối đa số yêu cầu. Hãy thử lại sau ít giây hoặc dùng nút khác.",
            ),
            Self::TimedOut => texts(
                S::SERVICE_UNAVAILABLE,
                "timed-out",
                "The answer took too long",
                "The node could not answer in time. Try again soon, or ask another node.",
                "Nút không trả lời kịp. Hãy thử lại sau ít giây hoặc dùng nút khác.",
            ),
            Self::PoolFull => texts(
                S::SERVICE_UNAVAILABLE,
                "pool-full",
                "The pool of transactions is full",
                "There is no room for further transactions now. Send it again soon: it applies at most once.",
                "Hàng chờ giao dịch đã đầy. Hãy gửi lại sau ít giây: một giao dịch chỉ có hiệu lực một lần.",
            ),
            Self::NodeStopped => texts(
                S::SERVICE_UNAVAILABLE,
                "node-stopped",
                "The node has stopped",
                "This node no longer takes part in the network. Send it to another node, and tell this one's operator.",
                "Nút này đã ngừng tham gia mạng. Hãy gửi đến nút khác và báo cho người vận hành.",
            ),
            Self::NotReady(_) => texts(
                S::SERVICE_UNAVAILABLE,
                "not-ready",
                "The node is not ready",
                "The node does not keep up with the network; the member reason says why. Ask another node meanwhile.",
                "Nút chưa theo kịp mạng; mục reason cho biết lý do. Trong lúc chờ hãy dùng nút khác.",
            ),
            Self::UnknownHeight => texts(
                S::NOT_FOUND,
                "unknown-height",
                "Unknown height",
                "There is no block of this height yet. Ask for latest to see how far the ledger is.",
                "Chưa có khối ở độ cao này. Hãy hỏi latest để biết sổ cái đã đến đâu.",
            ),
            Self::NoCertificate => texts(
                S::NOT_FOUND,
                "no-certificate",
                "No certificate",
                "Block 0 has no certificate: it is trusted for where it came from. Proofs begin at height 1.",
                "Khối 0 không có chứng nhận: nó được tin cậy nhờ nguồn gốc. Bằng chứng có từ độ cao 1.",
            ),
            Self::NotOlder => texts(
                S::NOT_FOUND,
                "not-older",
                "Not older than the checkpoint",
                "A path leads only from an older block to a newer checkpoint that is on the ledger. Exchange the two, or choose a newer checkpoint.",
                "Chỉ có đường dẫn từ khối cũ hơn đến một mốc tin cậy mới hơn đã có trên sổ cái. Hãy đổi chỗ hai độ cao hoặc chọn mốc mới hơn.",
            ),
            Self::UnknownIssuer => texts(
                S::NOT_FOUND,
                Refusal::UnknownIssuer.code(),
                "Unknown issuer",
                Refusal::UnknownIssuer.english(),
                Refusal::UnknownIssuer.vietnamese(),
            ),
            Self::UnknownBatch => texts(
                S::NOT_FOUND,
                Refusal::UnknownBatch.code(),
                "Unknown batch",
                Refusal::UnknownBatch.english(),
                Refusal::UnknownBatch.vietnamese(),
            ),
            Self::UnknownMotion => texts(
                S::NOT_FOUND,
                "unknown-motion",
                "Unknown motion",
                "There is no such motion on the ledger. Check its id.",
                "Không có kiến nghị này trên sổ cái. Hãy kiểm tra mã.",
            ),
            Self::UnknownDefinition => texts(
                S::NOT_FOUND,
                "unknown-definition",
                "Unknown definition",
                "There is no such definition on the ledger. Check its kind, name and version; some are known to every program and are not listed.",
                "Không có định nghĩa này trên sổ cái. Hãy kiểm tra loại, tên và phiên bản; một số định nghĩa có sẵn trong phần mềm và không được liệt kê.",
            ),
            Self::NoRoots => texts(
                S::NOT_FOUND,
                "no-roots",
                "No roots of certificates",
                "The operator of this node offers no roots of certificates. Use your own (sogoc verify --roots).",
                "Đơn vị vận hành nút này không công bố gốc tin cậy của chứng thư số. Hãy dùng tệp của bạn (sogoc verify --roots).",
            ),
            Self::BatchExists => texts(
                S::CONFLICT,
                "batch-exists",
                "The batch is on the ledger",
                "The batch is on the ledger, so there is no proof of its absence. Ask for the proof of the batch.",
                "Lô này đã có trên sổ cái nên không có bằng chứng vắng mặt. Hãy lấy bằng chứng của lô.",
            ),
            Self::SmallBatch => texts(
                S::FORBIDDEN,
                "small-batch",
                "The batch is too small to be asked for alone",
                const {
                    assert!(SMALL_BATCH == 20, "the sentences name the number");
                    "A batch of fewer than 20 documents would tell whom the question is about. Fetch the pack of the issuer's period, /v1/issuers/{issuer}/periods/{period}/statuses, and look the batch up in it."
                },
                "Lô ít hơn 20 hồ sơ sẽ làm lộ người được hỏi. Hãy tải gói của cả kỳ tại /v1/issuers/{issuer}/periods/{period}/statuses rồi tìm lô trong đó.",
            ),
            Self::StoreFault => texts(
                S::INTERNAL_SERVER_ERROR,
                "store-fault",
                "The node's store failed",
                "The node's store failed, so this node cannot answer. Ask another node, and tell this one's operator.",
                "Kho dữ liệu của nút gặp lỗi nên nút này không trả lời được. Hãy dùng nút khác và báo cho người vận hành.",
            ),
            Self::Internal => texts(
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "The node failed",
                "The node failed to answer; this is its fault. Ask another node, and tell this one's operator.",
                "Nút không trả lời được do lỗi của chính nó. Hãy dùng nút khác và báo cho người vận hành.",
            ),
        }
    }

    /// Status and code.
    #[cfg(test)]
    pub(crate) fn named(self) -> (u16, &'static str) {
        let texts = self.texts();
        (texts.status.as_u16(), texts.code)
    }

    /// The one after this: a problem without its place here does not compile.
    #[cfg(test)]
    pub(crate) fn next(self) -> Option<Self> {
        Some(match self {
            Self::Refused(_) => Self::TransactionMalformed,
            Self::TransactionMalformed => Self::BadParameter(Parameter::Path),
            Self::BadParameter(_) => Self::UnexpectedParameter,
            Self::UnexpectedParameter => Self::UnknownRoute,
            Self::UnknownRoute => Self::MethodNotAllowed,
            Self::MethodNotAllowed => Self::NotAcceptable,
            Self::NotAcceptable => Self::UnsupportedMediaType,
            Self::UnsupportedMediaType => Self::BodyTooLarge,
            Self::BodyTooLarge => Self::TooManyLines,
            Self::TooManyLines => Self::BodyTooSlow,
            Self::BodyTooSlow => Self::BodyUnreadable,
            Self::BodyUnreadable => Self::TooManyRequests,
            Self::TooManyRequests => Self::TooManySubmissions(1),
            Self::TooManySubmissions(_) => Self::TooManyStreams,
            Self::TooManyStreams => Self::Busy,
            Self::Busy => Self::TimedOut,
            Self::TimedOut => Self::PoolFull,
            Self::PoolFull => Self::NodeStopped,
            Self::NodeStopped => Self::NotReady("stopped"),
            Self::NotReady(_) => Self::UnknownHeight,
            Self::UnknownHeight => Self::NoCertificate,
            Self::NoCertificate => Self::NotOlder,
            Self::NotOlder => Self::UnknownIssuer,
            Self::UnknownIssuer => Self::UnknownBatch,
            Self::UnknownBatch => Self::UnknownMotion,
            Self::UnknownMotion => Self::UnknownDefinition,
            Self::UnknownDefinition => Self::NoRoots,
            Self::NoRoots => Self::BatchExists,
            Self::BatchExists => Self::SmallBatch,
            Self::SmallBatch => Self::StoreFault,
            Self::StoreFault => Self::Internal,
            Self::Internal => return None,
        })
    }

    /// Seconds after which trying again can help.
    fn retry_after(self) -> Option<u64> {
        match self {
            Self::TooManySubmissions(seconds) => Some(seconds.max(1)),
            Self::TooManyRequests | Self::Busy | Self::PoolFull => Some(1),
            Self::TimedOut | Self::NotReady(_) | Self::TooManyStreams => Some(5),
            _ => None,
        }
    }
}

/// The fault's text names rows, and so batches: it is not for the log of what was asked. `fsck` names them.
impl From<StoreFault> for Problem {
    fn from(_: StoreFault) -> Self {
        tracing::error!("the store failed while it was read: stop the node and run its check of the store");
        Self::StoreFault
    }
}

impl From<Wait> for Problem {
    fn from(wait: Wait) -> Self {
        match wait {
            Wait::Client => Self::TooManyRequests,
            Wait::Everybody => Self::Busy,
        }
    }
}

impl Problem {
    /// The document.
    pub(crate) fn document(self) -> Value {
        let texts = self.texts();
        let mut document = json!({
            "type": format!("urn:sogoc:problem:{}", texts.code),
            "code": texts.code,
            "status": texts.status.as_u16(),
            "title": texts.title,
            "detail": texts.english,
            "detail_vi": texts.vietnamese,
        });
        match self {
            Self::BadParameter(parameter) => document["parameter"] = parameter.name().into(),
            Self::NotReady(reason) => document["reason"] = reason.into(),
            _ => {}
        }
        document
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.texts().status, self.document().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}
