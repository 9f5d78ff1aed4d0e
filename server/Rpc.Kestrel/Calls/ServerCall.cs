using System.Buffers;
using System.Net.Sockets;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Kestrel.Calls;

/// <summary>
/// One call on the server: its context, its request messages and its response. Writing is guarded, because the deadline
/// may finish the response while the handler is still writing to it.
/// </summary>
internal sealed class ServerCall : RpcServerCallContext, IDisposable
{
    private const int Http2NoError = 0;

    // About what a connection holds before a writer waits for its client. A larger message goes in pieces, or all of it would lie in the web server's blocks of 4 KiB.
    private const int PieceBytes = 64 << 10;

    // Not the shared pool, which keeps an array for every thread that ever gave one back.
    private const int FrameBytesMax = 16 << 20;
    private const int FramesKept = 4;
    private static readonly ArrayPool<byte> s_frames = ArrayPool<byte>.Create(FrameBytesMax, FramesKept);

    private readonly HttpContext _http;
    private readonly RpcServerOptions _options;
    private readonly ServerCallHead _head;
    private readonly RpcCompression _responseEncoding;
    private readonly SemaphoreSlim _writeLock = new(1, 1);
    private readonly CancellationTokenSource _stop;
    private readonly ITimer? _deadlineTimer;
    private readonly TaskCompletionSource _deadlinePassed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _headersWritten;
    private bool _finished;

    public ServerCall(HttpContext http, RpcServerOptions options, ServerCallHead head, TimeProvider timeProvider)
    {
        _http = http;
        _options = options;
        _head = head;
        _responseEncoding = head.AcceptsGzip ? options.ResponseCompression : RpcCompression.Identity;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        Deadline = DateTimeOffset.MaxValue;
        if (head.Timeout is { } timeout)
        {
            Deadline = timeProvider.GetUtcNow() + timeout;
            _deadlineTimer = timeProvider.CreateTimer(
                static state => ((ServerCall)state!).OnDeadline(), this, timeout, Timeout.InfiniteTimeSpan);
        }
    }

    public override string Method => _http.Request.Path.Value ?? "";

    public override string Host => _http.Request.Host.Value ?? "";

    public override string Peer => PeerOf(_http.Connection);

    public override DateTimeOffset Deadline { get; }

    public override CancellationToken CancellationToken => _stop.Token;

    public override RpcMetadata RequestHeaders => _head.Metadata;

    public override RpcMetadata ResponseTrailers { get; } = new();

    /// <summary>Completes when the deadline passed; never without one.</summary>
    public Task DeadlinePassed => _deadlinePassed.Task;

    /// <summary>True when the client cancelled or its connection is gone.</summary>
    public bool IsAborted => _http.RequestAborted.IsCancellationRequested;

    public override async Task WriteResponseHeadersAsync(RpcMetadata headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        await _writeLock.WaitAsync(CancellationToken);
        try
        {
            ThrowIfFinished();
            if (_headersWritten)
                throw new InvalidOperationException("the response headers have been sent");

            foreach (RpcMetadataEntry entry in headers)
                _http.Response.Headers.Append(entry.Key, entry.ToWireValue());

            WriteHeaders();
            await _http.Response.BodyWriter.FlushAsync(CancellationToken);
        }
        finally
        {
            _writeLock.Release();
        }
    }

    /// <summary>The only request message of a method that has exactly one.</summary>
    public async Task<TRequest> ReadSingleAsync<TRequest>(MessageParser<TRequest> parser)
        where TRequest : class, IMessage<TRequest>
    {
        IRpcStreamReader<TRequest> reader = OpenRequestStream(parser);
        if (!await reader.MoveNextAsync(CancellationToken))
            throw new RpcException(RpcStatusCode.Internal, "the request has no message");

        TRequest request = reader.Current;
        return await reader.MoveNextAsync(CancellationToken)
            ? throw new RpcException(RpcStatusCode.Internal, "the request has more than one message")
            : request;
    }

    /// <param name="parser">Of the messages.</param>
    /// <param name="messageBytesMax">The method's own limit; the server's holds too.</param>
    public IRpcStreamReader<TRequest> OpenRequestStream<TRequest>(MessageParser<TRequest> parser, int messageBytesMax = int.MaxValue)
        where TRequest : class, IMessage<TRequest>
        => new RequestStreamReader<TRequest>(
            new MessageReader<TRequest>(
                _http.Request.BodyReader, parser, Math.Min(messageBytesMax, _options.ReceiveMessageBytesMax), _head.RequestEncoding),
            this);

    /// <summary>Writes the only response message; it leaves together with the trailers.</summary>
    public Task WriteSingleAsync<TResponse>(TResponse message)
        where TResponse : class, IMessage<TResponse>
        => WriteAsync(message, flush: false);

    /// <summary>Writes one message and waits while the client does not take it.</summary>
    public Task WriteAsync<TResponse>(TResponse message)
        where TResponse : class, IMessage<TResponse>
        => WriteAsync(message, flush: true);

    /// <summary>Ends the response with a status. The second time does nothing.</summary>
    public async Task FinishAsync(CallStatus status, RpcMetadata? errorTrailers)
    {
        await _writeLock.WaitAsync();
        try
        {
            if (_finished)
                return;

            _finished = true;
            if (_headersWritten)
                AppendStatus(status, errorTrailers, _http.Response.AppendTrailer);
            else
                WriteTrailersOnly(status, errorTrailers);

            await _http.Response.CompleteAsync();
        }
        finally
        {
            _writeLock.Release();
        }
    }

    /// <summary>Ends the stream in both directions after the response: the client need not send the rest of its request.</summary>
    public void Reset() => _http.Features.Get<IHttpResetFeature>()?.Reset(Http2NoError);

    /// <summary>Cancels the call for a handler's own token.</summary>
    public void Cancel() => _stop.Cancel();

    public void Dispose()
    {
        _deadlineTimer?.Dispose();
        _stop.Dispose();
        _writeLock.Dispose();
    }

    private async Task WriteAsync<TResponse>(TResponse message, bool flush)
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(message);
        await _writeLock.WaitAsync(CancellationToken);
        try
        {
            ThrowIfFinished();
            CancellationToken.ThrowIfCancellationRequested();

            // Before the headers: a first message that is too large still gets a response with trailers only.
            int messageBytes = MessageWriter.CheckSize(message, _options.SendMessageBytesMax);
            if (!_headersWritten)
                WriteHeaders();

            if (messageBytes > PieceBytes)
            {
                await WritePiecesAsync(message);
                return;
            }

            MessageWriter.Write(_http.Response.BodyWriter, message, _options.SendMessageBytesMax, _responseEncoding);
            if (flush)
                await _http.Response.BodyWriter.FlushAsync(CancellationToken);
        }
        finally
        {
            _writeLock.Release();
        }
    }

    private async Task WritePiecesAsync<TResponse>(TResponse message)
        where TResponse : class, IMessage<TResponse>
    {
        (byte[] rented, int frameBytes) = MessageWriter.Rent(s_frames, message, _options.SendMessageBytesMax, _responseEncoding);
        try
        {
            for (int offset = 0; offset < frameBytes; offset += PieceBytes)
                await _http.Response.BodyWriter.WriteAsync(rented.AsMemory(offset, Math.Min(PieceBytes, frameBytes - offset)), CancellationToken);
        }
        finally
        {
            s_frames.Return(rented);
        }
    }

    private void WriteHeaders()
    {
        _headersWritten = true;
        _http.Response.ContentType = HeaderNames.ContentTypeValue;
        _http.Response.Headers[HeaderNames.AcceptEncoding] = MessageEncoding.Accepted;
        if (_responseEncoding != RpcCompression.Identity)
            _http.Response.Headers[HeaderNames.Encoding] = MessageEncoding.NameOf(_responseEncoding);
    }

    private void WriteTrailersOnly(CallStatus status, RpcMetadata? errorTrailers)
    {
        // An OK call without messages still sends proper headers, which say that the server got as far as answering.
        if (status.Code == RpcStatusCode.Ok)
        {
            WriteHeaders();
            AppendStatus(status, errorTrailers, _http.Response.AppendTrailer);
            return;
        }

        _http.Response.ContentType = HeaderNames.ContentTypeValue;
        _http.Response.Headers[HeaderNames.AcceptEncoding] = MessageEncoding.Accepted;
        AppendStatus(status, errorTrailers, (name, value) => _http.Response.Headers.Append(name, value));
    }

    private void AppendStatus(CallStatus status, RpcMetadata? errorTrailers, Action<string, Microsoft.Extensions.Primitives.StringValues> append)
    {
        foreach ((string name, string value) in status.ToTrailers())
            append(name, value);
        foreach (RpcMetadataEntry entry in ResponseTrailers)
            append(entry.Key, entry.ToWireValue());
        foreach (RpcMetadataEntry entry in errorTrailers ?? [])
            append(entry.Key, entry.ToWireValue());
    }

    private void OnDeadline()
    {
        _deadlinePassed.TrySetResult();
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call ended while its timer was on the way.
        }
    }

    private void ThrowIfFinished()
    {
        if (_finished)
            throw new OperationCanceledException("the call has ended");
    }

    private static string PeerOf(ConnectionInfo connection)
    {
        if (connection.RemoteIpAddress is not { } address)
            return "unix:";

        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();

        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"ipv6:[{address}]:{connection.RemotePort}"
            : $"ipv4:{address}:{connection.RemotePort}";
    }
}
