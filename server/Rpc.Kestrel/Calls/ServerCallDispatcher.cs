using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Kestrel.Calls;

/// <summary>Takes HTTP requests to the method they name, and turns whatever happens there into a status.</summary>
internal sealed class ServerCallDispatcher(
    IOptions<RpcServerOptions> options,
    TimeProvider timeProvider,
    ServerMetrics metrics,
    ILogger<ServerCallDispatcher> logger)
{
    public async Task DispatchAsync(HttpContext http, ServerMethod method)
    {
        if (!IsGrpcRequest(http))
            return;

        LiftBodyLimits(http);
        long start = timeProvider.GetTimestamp();
        metrics.Started(method);
        RpcStatusCode status = RpcStatusCode.Unknown;
        try
        {
            status = await RunAsync(http, method);
        }
        finally
        {
            metrics.Finished(method, status, timeProvider.GetElapsedTime(start));
        }
    }

    private async Task<RpcStatusCode> RunAsync(HttpContext http, ServerMethod method)
    {
        ServerCallHead head;
        RpcException? malformed = null;
        try
        {
            head = ServerCallHead.Parse(http.Request.Headers);
        }
        catch (RpcException e)
        {
            head = ServerCallHead.Empty;
            malformed = e;
        }

        using ServerCall call = new(http, options.Value, head, timeProvider);
        if (malformed is not null)
            return await FinishAsync(call, malformed);

        Task handler = InvokeAsync(call, method);
        await Task.WhenAny(handler, call.DeadlinePassed);
        if (!handler.IsCompleted)
        {
            // The client gets its answer now, even from a handler that does not watch its token; the handler's scope ends
            // only when the handler does.
            RpcStatusCode expired = await FinishAsync(call, new OperationCanceledException(call.CancellationToken));
            call.Reset();
            await ObserveAsync(call, handler);
            return expired;
        }

        return await FinishAsync(call, await CatchAsync(handler));
    }

    private static async Task InvokeAsync(ServerCall call, ServerMethod method) => await method.Invoke(call);

    private static async Task<Exception?> CatchAsync(Task handler)
    {
        try
        {
            await handler;
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private async Task ObserveAsync(ServerCall call, Task handler)
    {
        if (await CatchAsync(handler) is { } late and not (RpcException or OperationCanceledException))
            ServerLog.HandlerFailed(logger, late, call.Method);
    }

    private async Task<RpcStatusCode> FinishAsync(ServerCall call, Exception? error)
    {
        CallStatus status = ToStatus(call, error);
        if (call.IsAborted)
            return RpcStatusCode.Cancelled;

        await call.FinishAsync(status, (error as RpcException)?.Trailers);
        return status.Code;
    }

    private CallStatus ToStatus(ServerCall call, Exception? error)
    {
        // Whatever a handler throws after the client left or the deadline passed is most likely a consequence of it.
        if (call.IsAborted)
        {
            ServerLog.CallCancelled(logger, call.Method, call.Peer);
            return new CallStatus(RpcStatusCode.Cancelled, "the client cancelled the call", []);
        }

        if (error is null)
            return CallStatus.Ok;

        if (call.DeadlinePassed.IsCompleted)
        {
            ServerLog.DeadlineExceeded(logger, call.Method, call.Peer);
            return new CallStatus(RpcStatusCode.DeadlineExceeded, "the deadline passed on the server", []);
        }

        if (error is RpcException rpc)
        {
            ServerLog.CallFailed(logger, call.Method, call.Peer, rpc.StatusCode, rpc.Detail);
            return new CallStatus(rpc.StatusCode, rpc.Detail, rpc.ErrorDetails);
        }

        // Nothing of the exception goes to the client: its text may hold paths, names or data.
        ServerLog.HandlerFailed(logger, error, call.Method);
        return new CallStatus(RpcStatusCode.Unknown, "the handler failed; the server's log has the reason", []);
    }

    private static bool IsGrpcRequest(HttpContext http)
    {
        int refusal = StatusCodes.Status200OK;
        if (!HttpMethods.IsPost(http.Request.Method))
            refusal = StatusCodes.Status405MethodNotAllowed;
        else if (!HeaderNames.IsGrpcContentType(http.Request.ContentType))
            refusal = StatusCodes.Status415UnsupportedMediaType;
        else if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
            refusal = StatusCodes.Status426UpgradeRequired;

        if (refusal == StatusCodes.Status200OK)
            return true;

        http.Response.StatusCode = refusal;
        return false;
    }

    /// <summary>Messages have a limit of their own; a stream may be as long and as slow as it likes.</summary>
    private static void LiftBodyLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize)
            bodySize.MaxRequestBodySize = null;
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } dataRate)
            dataRate.MinDataRate = null;
    }
}
