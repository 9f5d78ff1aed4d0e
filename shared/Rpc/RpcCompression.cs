namespace Monorepo.Rpc;

/// <summary>How outgoing messages are encoded. Incoming messages are accepted in every encoding named here.</summary>
public enum RpcCompression
{
    /// <summary>As they are. The default: contents that cross our wire are compressed already.</summary>
    Identity,

    Gzip,
}
