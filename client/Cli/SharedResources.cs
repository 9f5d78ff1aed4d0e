using Monorepo.Rpc;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Remote;

namespace Monorepo.Cli;

/// <summary>What outlives a command in a process that runs many: a connection to the server, and the clone's history. Not thread-safe; one command at a time.</summary>
/// <param name="idleTimeout">How long a connection that nobody uses stays.</param>
public sealed class SharedResources(TimeSpan idleTimeout) : IDisposable
{
    private RpcChannel? _channel;

    public KeptHistory History { get; } = new();

    /// <summary>A channel to a repository's server, which stays this object's.</summary>
    public RpcChannel ChannelTo(RepositoryUrl url)
    {
        if (_channel?.Address != url.Server)
        {
            _channel?.Dispose();
            _channel = RemoteRepository.CreateChannel(url, new RemoteOptions().ConnectTimeout, idleTimeout);
        }

        return _channel!;
    }

    /// <summary>Lets go of everything; the next command makes it anew.</summary>
    public void Dispose()
    {
        History.Dispose();
        _channel?.Dispose();
        _channel = null;
    }
}
