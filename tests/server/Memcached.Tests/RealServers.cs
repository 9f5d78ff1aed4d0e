using Monorepo.Testing.Processes;

namespace Monorepo.Memcached.Tests;

/// <summary>Real servers and one client over them; each test gets its own.</summary>
public abstract class RealServers : IAsyncLifetime
{
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly List<MemcachedServer> _servers = [];
    private readonly List<MemcachedClient> _clients = [];

    public ValueTask InitializeAsync()
    {
        if (MemcachedServer.WhyUnavailable is { } reason)
            Assert.Skip(reason);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MemcachedClient client in _clients)
            client.Dispose();
        foreach (MemcachedServer server in _servers)
            await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<MemcachedServer> StartAsync(params string[] arguments)
    {
        MemcachedServer server = await MemcachedServer.StartAsync(arguments);
        _servers.Add(server);
        return server;
    }

    protected static MemcachedOptions OptionsFor(params MemcachedServer[] servers) => new()
    {
        Nodes = [.. servers.Select(s => new MemcachedEndpoint(s.Host, s.Port))],
        // Long, so that a busy machine is never taken for a slow node; tests of timeouts set their own.
        OperationTimeout = Deadline,
        ConnectTimeout = Deadline,
    };

    protected MemcachedClient Connect(MemcachedOptions options, TimeProvider? time = null)
    {
        var client = new MemcachedClient(options, time);
        _clients.Add(client);
        return client;
    }

    protected async Task<MemcachedClient> StartOneAsync() => Connect(OptionsFor(await StartAsync()));

    protected static Task NextStateAsync(MemcachedClient client, NodeState state)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.NodeStateChanged += (_, change) =>
        {
            if (change.State == state)
                seen.TrySetResult();
        };
        return seen.Task.WaitAsync(Deadline);
    }
}
