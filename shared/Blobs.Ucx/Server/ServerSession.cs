using Monorepo.Blobs.Memory;
using Monorepo.Core;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Server;

/// <summary>One client's connection. On its loop's thread only.</summary>
internal sealed class ServerSession(UcxEndpoint endpoint, long helloDeadlineMs, MessageBatchWriter batch)
{
    private byte[] _name = [];

    internal UcxEndpoint Endpoint { get; } = endpoint;

    internal long HelloDeadlineMs { get; } = helloDeadlineMs;

    internal bool IsAuthenticated { get; set; }

    /// <summary>The endpoint is closed: nothing may be sent any more.</summary>
    internal bool IsClosed { get; set; }

    /// <summary>Requests whose source has not returned, by id.</summary>
    internal Dictionary<ulong, ServerRequest> Requests { get; } = [];

    /// <summary>Requests that wait until this client took earlier replies.</summary>
    internal Queue<QueuedRequest> Backlog { get; } = new();

    /// <summary>Replies too long for a batch, in order; the first may be half sent.</summary>
    internal LinkedList<ServerReply> Waiting { get; } = new();

    /// <summary>Small replies of this round.</summary>
    internal MessageBatchWriter Batch { get; } = batch;

    /// <summary>Reply bytes made and not yet gone, wherever they are: what this client makes us hold.</summary>
    internal long BytesPending { get; set; }

    /// <summary>Of these, given to UCX.</summary>
    internal long BytesInFlight { get; set; }

    /// <summary>When UCX last was done with something, or began with something.</summary>
    internal long LastProgressMs { get; set; }

    internal bool IsDirty { get; set; }

    internal bool IsReady { get; set; }

    /// <summary>Answers owed: everything that a credit stands for.</summary>
    internal int RequestsOpen => Requests.Count + Backlog.Count + Waiting.Count;

    /// <summary>Of the last request: clients ask one repository again and again.</summary>
    internal RepositoryName Repository { get; private set; }

    /// <summary>False: the name breaks the rules for names.</summary>
    internal bool TrySetRepository(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual(_name))
            return true;
        if (!Wire.GetRequest.TryParseName(name, out RepositoryName repository))
            return false;
        _name = name.ToArray();
        Repository = repository;
        return true;
    }
}

/// <summary>A request whose source is at work.</summary>
internal sealed class ServerRequest(ServerSession session, ulong id, int keys, long deadlineMs) : IDisposable
{
    internal ServerSession Session { get; } = session;

    internal ulong Id { get; } = id;

    internal int Keys { get; } = keys;

    internal long DeadlineMs { get; } = deadlineMs;

    internal CancellationTokenSource Cancellation { get; } = new();

    /// <summary>The client got its answer (cancelled, too late) before the source returned.</summary>
    internal bool IsAnswered { get; set; }

    /// <summary>Not when cancelled: the cancellation may still be on its way through its callbacks.</summary>
    public void Dispose()
    {
        if (!Cancellation.IsCancellationRequested)
            Cancellation.Dispose();
    }
}

/// <summary>A request that waits for its turn.</summary>
/// <param name="Id">The client's.</param>
/// <param name="Keys">Ids asked.</param>
/// <param name="Options">How it is answered.</param>
/// <param name="DeadlineMs">When its client has given up.</param>
/// <param name="Body">A copy of its body; null once it was cancelled.</param>
internal sealed record QueuedRequest(ulong Id, int Keys, BlobReadOptions Options, long DeadlineMs, NativeBuffer Body)
{
    internal bool IsCancelled { get; set; }
}
