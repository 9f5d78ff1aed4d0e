namespace Monorepo.Rpc.Channels;

/// <summary>What the public call types need of the machinery, without the request's type.</summary>
internal interface IClientCall : IDisposable
{
    Task<RpcMetadata> ResponseHeadersAsync { get; }

    RpcMetadata Trailers { get; }
}

internal interface IClientCall<TResponse> : IClientCall, IRpcStreamReader<TResponse>
{
    /// <summary>The only message of a response that has exactly one.</summary>
    Task<TResponse> ReadSingleAsync();
}
