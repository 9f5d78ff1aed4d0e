using System.Globalization;
using System.Net;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace Monorepo.Rpc.Wire;

/// <summary>How a call ended, as its trailers say: <c>grpc-status</c>, <c>grpc-message</c>, <c>grpc-status-details-bin</c>.</summary>
public sealed class CallStatus
{
    public static CallStatus Ok { get; } = new(RpcStatusCode.Ok, "", []);

    public CallStatus(RpcStatusCode code, string detail, IReadOnlyList<Any> errorDetails)
    {
        ArgumentNullException.ThrowIfNull(detail);
        ArgumentNullException.ThrowIfNull(errorDetails);
        Code = code;
        Detail = detail;
        ErrorDetails = errorDetails;
    }

    public RpcStatusCode Code { get; }

    public string Detail { get; }

    public IReadOnlyList<Any> ErrorDetails { get; }

    /// <summary>
    /// The trailers of this status in the order they are sent. The detail is cut and the typed details are left out where
    /// <see cref="RpcLimits"/> demands it.
    /// </summary>
    public IEnumerable<KeyValuePair<string, string>> ToTrailers()
    {
        yield return new(HeaderNames.Status, ((int)Code).ToString(CultureInfo.InvariantCulture));

        string detail = Cut(Detail);
        if (detail.Length > 0)
            yield return new(HeaderNames.Message, PercentEncoding.Encode(detail));
        if (ErrorDetails.Count == 0)
            yield break;

        Protos.Status status = new() { Code = (int)Code, Message = detail };
        status.Details.AddRange(ErrorDetails);
        if (status.CalculateSize() <= RpcLimits.StatusDetailsBytesMax)
            yield return new(HeaderNames.StatusDetails, BinaryHeader.Encode(status.ToByteArray()));
    }

    /// <summary>
    /// Reads a status from trailer values. A code outside gRPC's numbers becomes UNKNOWN; typed details that do not parse
    /// or contradict the code are left out.
    /// </summary>
    public static CallStatus Parse(string statusValue, string? messageValue, string? detailsValue)
    {
        RpcStatusCode code = int.TryParse(statusValue, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number is >= (int)RpcStatusCode.Ok and <= (int)RpcStatusCode.Unauthenticated
            ? (RpcStatusCode)number
            : RpcStatusCode.Unknown;
        string detail = messageValue is null ? "" : PercentEncoding.Decode(messageValue);
        return new CallStatus(code, detail, ParseDetails(code, detailsValue));
    }

    /// <summary>
    /// What an HTTP status means for a response that carries no <c>grpc-status</c>
    /// (doc/http-grpc-status-mapping.md of the gRPC repository).
    /// </summary>
    public static RpcStatusCode FromHttpStatus(HttpStatusCode httpStatus) => httpStatus switch
    {
        HttpStatusCode.BadRequest => RpcStatusCode.Internal,
        HttpStatusCode.Unauthorized => RpcStatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => RpcStatusCode.PermissionDenied,
        HttpStatusCode.NotFound => RpcStatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => RpcStatusCode.Unavailable,
        _ => RpcStatusCode.Unknown,
    };

    private static RepeatedField<Any> ParseDetails(RpcStatusCode code, string? detailsValue)
    {
        if (detailsValue is null || !BinaryHeader.TryDecode(detailsValue, out byte[]? bytes))
            return [];

        try
        {
            Protos.Status status = Protos.Status.Parser.ParseFrom(bytes);
            return status.Code == (int)code ? status.Details : [];
        }
        catch (InvalidProtocolBufferException)
        {
            return [];
        }
    }

    private static string Cut(string detail)
    {
        if (detail.Length <= RpcLimits.StatusDetailCharsMax)
            return detail;

        int end = RpcLimits.StatusDetailCharsMax;
        return detail[..(char.IsHighSurrogate(detail[end - 1]) ? end - 1 : end)];
    }
}
