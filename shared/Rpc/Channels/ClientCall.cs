using System.Net;
using Google.Protobuf;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Channels;

/// <summary>
/// The machinery of every kind of call: sends the request, reads messages, then the status. The outcome is decided once
/// and every later use of the call reports the same.
/// </summary>
internal sealed class ClientCall<TRequest, TResponse> : IClientCall<TResponse>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly RpcChannel _channel;
    private readonly RpcMethod<TRequest, TResponse> _method;
    private readonly RpcCallOptions _options;
    private readonly TimeSpan? _timeout;
    private readonly CallLifetime _lifetime;
    private Task<ResponseHead> _head = null!;
    private HttpResponseMessage? _response;
    private MessageReader<TResponse>? _reader;
    private RpcMetadata? _trailers;
    private RpcException? _failedStatus;
    private int _busy;
    private int _enumerated;

    public ClientCall(RpcChannel channel, RpcMethod<TRequest, TResponse> method, RpcCallOptions options, CancellationToken callerToken)
    {
        _channel = channel;
        _method = method;
        _options = options;
        TimeSpan timeout = options.Timeout ?? channel.Options.DefaultTimeout;
        _timeout = timeout == Timeout.InfiniteTimeSpan || timeout > RpcLimits.TimeoutMax ? null : timeout;
        _lifetime = new CallLifetime(
            $"{method.FullName} on {channel.Address.Host}:{channel.Address.Port}", _timeout, channel.Options.TimeProvider, callerToken);
    }

    /// <summary>Null for methods with one request.</summary>
    public IRpcClientStreamWriter<TRequest>? RequestStream { get; private set; }

    public Task<RpcMetadata> ResponseHeadersAsync => ReadHeadersAsync();

    public RpcMetadata Trailers
        => Volatile.Read(ref _trailers) ?? throw new InvalidOperationException("the call has not ended with trailers");

    public TResponse Current => _reader?.Current ?? throw new InvalidOperationException("no message has been read");

    /// <param name="request">Null for methods with a request stream.</param>
    public void Start(HttpMessageInvoker invoker, TRequest? request)
    {
        RpcCompression compression = _options.RequestCompression ?? _channel.Options.RequestCompression;
        HttpContent content;
        if (request is null)
        {
            StreamingContent streaming = new(_lifetime.Token);
            RequestStream = new RequestStreamWriter<TRequest>(streaming, _lifetime, _channel.Options.SendMessageBytesMax, compression);
            content = streaming;
        }
        else
        {
            content = new SingleMessageContent<TRequest>(request, _channel.Options.SendMessageBytesMax, compression);
        }

        _head = OpenAsync(invoker, request, content, compression);

        // Whoever reads the call sees the failure; nobody has to.
        _ = _head.ContinueWith(
            static head => _ = head.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException("another read is in progress");

        try
        {
            if (_trailers is not null)
                return _failedStatus is null ? false : throw _failedStatus;

            using CancellationTokenRegistration registration = _lifetime.RegisterCaller(cancellationToken);
            ResponseHead head = await _head;
            try
            {
                if (head.Body is { } body)
                {
                    _reader ??= new MessageReader<TResponse>(body, _method.ResponseParser, _channel.Options.ReceiveMessageBytesMax, head.Encoding);
                    if (await _reader.MoveNextAsync(_lifetime.Token))
                        return true;
                }

                End(head);
            }
            catch (Exception e)
            {
                throw Fail(e);
            }

            return _failedStatus is null ? false : throw _failedStatus;
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    public async Task<TResponse> ReadSingleAsync()
    {
        if (!await MoveNextAsync())
            throw new RpcException(RpcStatusCode.Internal, $"{_method} answered OK without a message");

        TResponse response = Current;
        return await MoveNextAsync()
            ? throw Fail(new RpcException(RpcStatusCode.Internal, $"{_method} answered with more than one message"))
            : response;
    }

    public async IAsyncEnumerator<TResponse> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _enumerated, 1) != 0)
            throw new InvalidOperationException("a response stream can be enumerated once");

        try
        {
            while (await MoveNextAsync(cancellationToken))
                yield return Current;
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        if (_trailers is null)
            _lifetime.Stop(new RpcException(RpcStatusCode.Cancelled, $"{_lifetime.CallName} was disposed before its end"));

        Volatile.Read(ref _response)?.Dispose();
    }

    private HttpRequestMessage CreateRequest(HttpContent content, RpcCompression compression)
    {
        HttpRequestMessage request = new(HttpMethod.Post, new Uri(_channel.Address, _method.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        content.Headers.TryAddWithoutValidation(HeaderNames.ContentType, HeaderNames.ContentTypeValue);
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.TryAddWithoutValidation("user-agent", _channel.Options.UserAgent);
        request.Headers.TryAddWithoutValidation(HeaderNames.AcceptEncoding, MessageEncoding.Accepted);
        if (compression != RpcCompression.Identity)
            request.Headers.TryAddWithoutValidation(HeaderNames.Encoding, MessageEncoding.NameOf(compression));
        if (_timeout is { } timeout)
            request.Headers.TryAddWithoutValidation(HeaderNames.Timeout, TimeoutHeader.Encode(timeout));
        foreach (RpcMetadataEntry entry in _options.Headers ?? [])
            request.Headers.TryAddWithoutValidation(entry.Key, entry.ToWireValue());

        return request;
    }

    private async Task<ResponseHead> OpenAsync(HttpMessageInvoker invoker, TRequest? message, HttpContent content, RpcCompression compression)
    {
        try
        {
            if (message is not null)
                MessageWriter.CheckSize(message, _channel.Options.SendMessageBytesMax);

            HttpResponseMessage response = await invoker.SendAsync(CreateRequest(content, compression), _lifetime.Token);
            Volatile.Write(ref _response, response);
            return await ResponseHead.ReadAsync(response, _channel.Address, _lifetime.Token);
        }
        catch (Exception e)
        {
            throw Fail(e);
        }
    }

    private async Task<RpcMetadata> ReadHeadersAsync() => (await _head).Headers;

    private void End(ResponseHead head)
    {
        (CallStatus status, RpcMetadata trailers) = head.ReadStatus();
        if (status.Code != RpcStatusCode.Ok)
            _failedStatus = new RpcException(status.Code, status.Detail, trailers, status.ErrorDetails);

        Volatile.Write(ref _trailers, trailers);
        _lifetime.End();
        Volatile.Read(ref _response)?.Dispose();
    }

    /// <summary>Ends the call, which resets its stream, and says which exception tells why.</summary>
    private Exception Fail(Exception error)
    {
        Exception reason = error as RpcException ?? TransportErrors.ToRpcException(error, _channel.Address);

        // A server that enforces the same deadline may reset the stream a moment before our own timer runs.
        if (reason is RpcException { StatusCode: RpcStatusCode.Cancelled } && _lifetime.IsDeadlinePassed)
            reason = _lifetime.DeadlineExceeded(error);

        reason = _lifetime.Stop(reason);
        Volatile.Read(ref _response)?.Dispose();
        return reason;
    }
}
