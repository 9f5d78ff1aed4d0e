namespace Monorepo.Memcached;

/// <summary>Whether a node is being asked.</summary>
public enum NodeState
{
    /// <summary>Requests go to it.</summary>
    Up,

    /// <summary>It failed several times in a row; its keys are misses until a probe succeeds.</summary>
    Down,

    /// <summary>A probe is under way; its keys are still misses.</summary>
    Probing,
}

/// <summary>A node went down or came back; for logs and health pages.</summary>
public sealed class NodeStateChangedEventArgs(MemcachedEndpoint node, NodeState state) : EventArgs
{
    public MemcachedEndpoint Node { get; } = node;

    /// <summary><see cref="NodeState.Up"/> or <see cref="NodeState.Down"/>.</summary>
    public NodeState State { get; } = state;
}
