namespace Monorepo.Blobs;

/// <summary>Why a call on the blob plane failed, by the leg that failed. The numbers are stable.</summary>
public enum BlobTransportError
{
    /// <summary>The transport can't be used on this machine (library missing or too old). Use another.</summary>
    NotAvailable = 1,

    /// <summary>No connection could be made: nobody listens there, no route, or no answer within the connect deadline.</summary>
    Unreachable = 2,

    /// <summary>The connection broke before the reply was complete. The server may have done the work; asking again is safe.</summary>
    PeerLost = 3,

    /// <summary>No reply within the request's deadline, waiting in the client's queue included.</summary>
    DeadlineExceeded = 4,

    /// <summary>The server refused the token.</summary>
    Unauthorized = 5,

    /// <summary>A queue is full, here or on the server. Wait, or use another transport.</summary>
    Overloaded = 6,

    /// <summary>Bytes that break the protocol arrived. A defect or a version mismatch; asking again will not help.</summary>
    Protocol = 7,

    /// <summary>The server has no such repository.</summary>
    UnknownRepository = 8,

    /// <summary>The server could not read its store. Its log says why.</summary>
    SourceFailed = 9,

    /// <summary>The server is stopping. Use another one.</summary>
    ShuttingDown = 10,

    /// <summary>This transport was disposed.</summary>
    Closed = 11,
}

/// <summary>An expected failure of the blob plane. Decide by <see cref="Error"/>, not by the text.</summary>
public sealed class BlobTransportException(BlobTransportError error, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    public BlobTransportError Error { get; } = error;
}
