using System.Net;
using Monorepo.Blobs.Hot;
using Monorepo.Blobs.Memory;
using Monorepo.Blobs.Ucx.Server;
using Monorepo.Native.Posix;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

/// <summary>What a server is doing, approximately: read without stopping it.</summary>
/// <param name="Sessions">Connections open.</param>
/// <param name="RequestsAtSource">Requests that were not answered from the hot set and are not answered yet.</param>
/// <param name="RequestsServed">Replies made since the start, from the hot set or the source.</param>
/// <param name="ReplyBytesSent">Bytes of messages that the network is done with.</param>
/// <param name="ReplyBytesPending">Reply bytes that wait or are on their way.</param>
public readonly record struct UcxBlobServerStatistics(int Sessions, int RequestsAtSource, long RequestsServed, long ReplyBytesSent, long ReplyBytesPending);

/// <summary>
/// Serves an <see cref="IBlobSource"/> over UCX active messages: one UCX worker and one thread for each processor, connections spread over them. One
/// thread listens and hands each new connection to the thread that has the fewest, which owns it from then on. Idle, it uses no CPU. Any thread may call
/// any member.
/// </summary>
public sealed class UcxBlobServer : IAsyncDisposable
{
    private readonly UcxContext _context;
    private readonly UcxRegion? _region;
    private readonly NativeArena _arena;
    private readonly bool _ownsArena;
    private readonly List<ServerLoop> _loops = [];
    private readonly List<BufferPool> _pools = [];
    private readonly Lazy<Task> _disposing;

    private UcxBlobServer(UcxBlobServerSettings settings)
    {
        _ownsArena = settings.Arena is null;
        _arena = settings.Arena ?? new NativeArena(settings.MemoryBytes);
        _disposing = new Lazy<Task>(CloseAsync);
        try
        {
            _context = UcxContext.Create(settings.Fabric.ToUcxSettings(), settings.SessionsMax, isShared: true);
            _region = settings.Fabric.RegistersArena ? Register(_context, _arena) : null;
        }
        catch
        {
            _context?.Dispose();
            DisposeArena();
            throw;
        }
    }

    /// <summary>Where it listens, with the port that was taken.</summary>
    public IPEndPoint Address => _loops[0].Address!;

    /// <summary>I/O threads.</summary>
    public int Threads => _loops.Count;

    /// <summary>Of all threads together.</summary>
    public UcxBlobServerStatistics Statistics
    {
        get
        {
            UcxBlobServerStatistics[] each = [.. _loops.Select(static loop => loop.Statistics)];
            return new UcxBlobServerStatistics(
                each.Sum(static s => s.Sessions),
                each.Sum(static s => s.RequestsAtSource),
                each.Sum(static s => s.RequestsServed),
                each.Sum(static s => s.ReplyBytesSent),
                each.Sum(static s => s.ReplyBytesPending));
        }
    }

    /// <summary>Native memory, of everything that uses the same arena.</summary>
    public MemoryStatistics Memory => _arena.Statistics;

    /// <summary>Listens when it returns. The source and the hot set stay the caller's.</summary>
    /// <param name="settings">How.</param>
    /// <param name="source">Asked for what is not hot.</param>
    /// <param name="hot">Answered from first, on the I/O threads. Null: everything is asked of the source.</param>
    /// <exception cref="UcxException">The address is taken, or the fabric's devices or transports do not exist.</exception>
    /// <exception cref="InvalidOperationException">UCX can't be used here (see <see cref="UcxRuntime.TryLoad"/>).</exception>
    public static async Task<UcxBlobServer> StartAsync(UcxBlobServerSettings settings, IBlobSource source, IHotBlobs? hot = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(source);
        settings.Validate();
        UcxBlobServer server = new(settings);
        try
        {
            await server.StartLoopsAsync(settings, source, hot);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Refuses new requests (clients see <see cref="BlobTransportError.ShuttingDown"/>), gives open ones and
    /// the clients' goodbyes <see cref="UcxBlobServerSettings.DrainTimeoutMs"/>, then cancels and closes. Idempotent.
    /// </summary>
    /// <exception cref="BufferLeakException">Debug builds: a buffer was not given back.</exception>
    public async ValueTask DisposeAsync() => await _disposing.Value;

    private static unsafe UcxRegion Register(UcxContext context, NativeArena arena) =>
        UcxRegion.Register(context, new UcxSegment(arena.Address, (nuint)arena.LimitBytes));

    private async Task StartLoopsAsync(UcxBlobServerSettings settings, IBlobSource source, IHotBlobs? hot)
    {
        IReadOnlyList<int> processors = ThreadAffinity.Allowed();
        int threads = settings.Threads == 0 ? Math.Min(processors.Count, UcxBlobServerSettings.ThreadsLimit) : settings.Threads;
        bool pins = settings.PinsThreads && threads <= processors.Count;
        ServerTeam team = new();
        List<ServerLoop> loops = [];
        for (int i = 0; i < threads; i++)
        {
            UcxLoopPlace place = new($"ucx-blobs-{i}", () => _context, OwnsContext: false, _region, pins ? processors[i] : null);
            BufferPool pool = new(_arena, place.ThreadName);
            _pools.Add(pool);
            loops.Add(new ServerLoop(settings, source, hot?.OpenReader(), team, pool, place) { ListenAt = i == 0 ? settings.Address : null });
        }

        team.Loops = loops;
        // The one that listens last, when the others can take what it hands them.
        foreach (ServerLoop loop in Enumerable.Reverse(loops))
        {
            await loop.StartAsync();
            _loops.Insert(0, loop);
        }
    }

    private async Task CloseAsync()
    {
        foreach (ServerLoop loop in _loops)
            loop.Post(loop.BeginDrain);
        await Task.WhenAll(_loops.Select(static loop => loop.Ended));
        _region?.Dispose();
        _context.Dispose();
        bool everythingBack = _loops.All(static loop => loop.GaveEverythingBack);
        foreach (BufferPool pool in _pools)
        {
#if DEBUG
            if (everythingBack)
                pool.ThrowIfLeaked();
#endif
            pool.Dispose();
        }

        // What UCX still holds is leaked, never freed under its hands.
        if (everythingBack)
            DisposeArena();
    }

    private void DisposeArena()
    {
        if (_ownsArena)
            _arena.Dispose();
    }
}
