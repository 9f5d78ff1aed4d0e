using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>One client's connection. On the loop's thread only.</summary>
internal sealed class ServerSession(UcxEndpoint endpoint, long helloDeadlineMs)
{
    internal UcxEndpoint Endpoint { get; } = endpoint;

    internal long HelloDeadlineMs { get; } = helloDeadlineMs;

    internal bool IsAuthenticated { get; set; }

    /// <summary>The endpoint is closed: nothing may be sent any more.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>Requests whose source has not returned, by id.</summary>
    internal Dictionary<ulong, ServerRequest> Requests { get; } = [];

    /// <summary>Replies that wait for earlier ones to leave.</summary>
    internal Queue<ServerReply> Waiting { get; } = new();

    /// <summary>Given to UCX and not completed.</summary>
    internal long ReplyBytesInFlight { get; set; }
}

/// <summary>A request whose source is at work.</summary>
internal sealed class ServerRequest(ServerSession session, ulong id, int keys) : IDisposable
{
    internal ServerSession Session { get; } = session;

    internal ulong Id { get; } = id;

    internal int Keys { get; } = keys;

    internal CancellationTokenSource Cancellation { get; } = new();

    /// <summary>The client got its answer (cancelled) before the source returned.</summary>
    internal bool IsAnswered { get; set; }

    /// <summary>Not when cancelled: the cancellation may still be on its way through its callbacks.</summary>
    public void Dispose()
    {
        if (!Cancellation.IsCancellationRequested)
            Cancellation.Dispose();
    }
}
