using Google.Protobuf;
using Microsoft.AspNetCore.Connections;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Kestrel.Calls;

/// <summary>The request messages of a call, for its handler.</summary>
internal sealed class RequestStreamReader<TRequest>(MessageReader<TRequest> reader, ServerCall call) : IRpcStreamReader<TRequest>
    where TRequest : class, IMessage<TRequest>
{
    public TRequest Current => reader.Current;

    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        await using CancellationTokenRegistration registration = RegisterCancel(cancellationToken);
        try
        {
            return await reader.MoveNextAsync(call.CancellationToken);
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException)
        {
            throw new OperationCanceledException("the client is gone", e);
        }
    }

    public async IAsyncEnumerator<TRequest> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await MoveNextAsync(cancellationToken))
            yield return Current;
    }

    private CancellationTokenRegistration RegisterCancel(CancellationToken cancellationToken)
        => cancellationToken == call.CancellationToken
            ? default
            : cancellationToken.UnsafeRegister(static state => ((ServerCall)state!).Cancel(), call);
}

/// <summary>The response messages of a call, for its handler.</summary>
internal sealed class ResponseStreamWriter<TResponse>(ServerCall call) : IRpcStreamWriter<TResponse>
    where TResponse : class, IMessage<TResponse>
{
    public async ValueTask WriteAsync(TResponse message, CancellationToken cancellationToken = default)
    {
        await using CancellationTokenRegistration registration = cancellationToken == call.CancellationToken
            ? default
            : cancellationToken.UnsafeRegister(static state => ((ServerCall)state!).Cancel(), call);
        await call.WriteAsync(message);
    }
}
