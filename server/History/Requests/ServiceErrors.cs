using Microsoft.Extensions.Logging;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Requests;

/// <summary>The one place where failures below the services become the status of a call.</summary>
public sealed partial class ServiceErrors(ILogger logger)
{
    /// <summary>Runs a handler; storage and blob failures leave it as <see cref="RpcException"/>, everything else as it is.</summary>
    public async Task<T> GuardAsync<T>(string method, Func<Task<T>> handler)
    {
        try
        {
            return await handler();
        }
        catch (Exception e) when (e is StorageException or CorruptObjectException or MalformedObjectException or BlobTransportException)
        {
            throw Translate(method, e);
        }
    }

    /// <inheritdoc cref="GuardAsync{T}(string, Func{Task{T}})"/>
    public async Task GuardAsync(string method, Func<Task> handler)
    {
        try
        {
            await handler();
        }
        catch (Exception e) when (e is StorageException or CorruptObjectException or MalformedObjectException or BlobTransportException)
        {
            throw Translate(method, e);
        }
    }

    private RpcException Translate(string method, Exception exception)
    {
        switch (exception)
        {
            case StorageException storage:
                LogStorage(method, storage.Failure, storage);
                return storage.Failure switch
                {
                    StorageFailure.NoSpace => new(RpcStatusCode.ResourceExhausted, "the server's disk is full; what was acknowledged before is safe. Free space on the server and send again.", innerException: storage),
                    StorageFailure.Corrupt => new(RpcStatusCode.DataLoss, "the server's store is damaged; its log says where.", innerException: storage),
                    _ => new(RpcStatusCode.Unavailable, "the server can't read or write its store; its log says why.", innerException: storage),
                };
            case CorruptObjectException or MalformedObjectException:
                LogCorrupt(method, exception);
                return new(RpcStatusCode.DataLoss, $"the server's store holds a damaged object: {exception.Message}", innerException: exception);
            case BlobTransportException blobs:
                return blobs.Error switch
                {
                    BlobTransportError.UnknownRepository => new(RpcStatusCode.NotFound, blobs.Message, innerException: blobs),
                    BlobTransportError.Overloaded => new(RpcStatusCode.ResourceExhausted, blobs.Message, innerException: blobs),
                    _ => new(RpcStatusCode.Unavailable, blobs.Message, innerException: blobs),
                };
            default:
                throw new ArgumentException("The handlers catch no other.", nameof(exception));
        }
    }

    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "{Method} failed: the store reports {Failure}")]
    private partial void LogStorage(string method, StorageFailure failure, Exception exception);

    [LoggerMessage(EventId = 2002, Level = LogLevel.Error, Message = "{Method} met a damaged object in the store")]
    private partial void LogCorrupt(string method, Exception exception);
}
