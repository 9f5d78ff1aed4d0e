namespace Monorepo.Rpc.Kestrel;

/// <summary>What the calls of one server share. Read when services are mapped.</summary>
public sealed class RpcServerOptions
{
    /// <summary>Largest request message accepted; larger ones end the call with RESOURCE_EXHAUSTED.</summary>
    public int ReceiveMessageBytesMax { get; set; } = RpcLimits.MessageBytesMaxDefault;

    /// <summary>Largest response message sent; larger ones end the call with RESOURCE_EXHAUSTED.</summary>
    public int SendMessageBytesMax { get; set; } = RpcLimits.MessageBytesMaxDefault;

    /// <summary>Encoding of response messages, for clients that accept it; others get them as they are.</summary>
    public RpcCompression ResponseCompression { get; set; } = RpcCompression.Identity;
}
