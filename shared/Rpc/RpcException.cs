using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Monorepo.Rpc;

/// <summary>
/// A call ended with a status other than OK. Thrown by clients; a server handler throws it to choose the status, the
/// trailers and the typed details its client sees.
/// </summary>
public sealed class RpcException : Exception
{
    /// <param name="statusCode">Anything but <see cref="RpcStatusCode.Ok"/>.</param>
    /// <param name="detail">For people; sent to the peer, so it must not reveal what the peer may not know.</param>
    /// <param name="trailers">Trailing metadata; kept by reference.</param>
    /// <param name="errorDetails">Typed details, carried as <c>google.rpc.Status</c>.</param>
    /// <param name="innerException">The local cause; never sent.</param>
    public RpcException(
        RpcStatusCode statusCode,
        string detail,
        RpcMetadata? trailers = null,
        IReadOnlyList<Any>? errorDetails = null,
        Exception? innerException = null)
        : base($"{statusCode}: {detail}", innerException)
    {
        if (statusCode == RpcStatusCode.Ok)
            throw new ArgumentOutOfRangeException(nameof(statusCode), "OK is not an error");

        ArgumentNullException.ThrowIfNull(detail);
        StatusCode = statusCode;
        Detail = detail;
        Trailers = trailers ?? new RpcMetadata();
        ErrorDetails = errorDetails ?? [];
    }

    public RpcStatusCode StatusCode { get; }

    /// <summary>The <c>grpc-message</c> of the peer, or a local explanation; may be empty.</summary>
    public string Detail { get; }

    /// <summary>Never null; empty when the peer sent none or was not reached.</summary>
    public RpcMetadata Trailers { get; }

    /// <summary>Never null.</summary>
    public IReadOnlyList<Any> ErrorDetails { get; }

    /// <summary>The first detail of the given message type, if there is one that parses.</summary>
    public bool TryGetErrorDetail<T>([NotNullWhen(true)] out T? detail)
        where T : class, IMessage<T>, new()
    {
        foreach (Any any in ErrorDetails)
        {
            try
            {
                if (any.TryUnpack(out detail) && detail is not null)
                    return true;
            }
            catch (InvalidProtocolBufferException)
            {
                // A detail is an extra; one that does not parse is as good as absent.
            }
        }

        detail = null;
        return false;
    }
}
