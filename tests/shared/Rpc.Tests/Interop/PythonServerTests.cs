using System.Text;
using Google.Protobuf;

namespace Monorepo.Rpc.Tests.Interop;

public sealed class PythonServerFixture : IAsyncLifetime
{
    private PythonPeer? _peer;

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public string Missing { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        (_peer, Missing) = await PythonPeer.StartAsync("interop_server.py");
        if (_peer is not null)
            Address = new Uri($"http://127.0.0.1:{_peer.Hello}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_peer is not null)
            await _peer.DisposeAsync();
    }
}

/// <summary>Our client against the server of another implementation.</summary>
public sealed class PythonServerTests : IClassFixture<PythonServerFixture>, IDisposable
{
    private readonly PythonServerFixture _server;
    private readonly RpcChannel _channel;

    public PythonServerTests(PythonServerFixture server)
    {
        Assert.SkipWhen(server.Missing.Length > 0, server.Missing);
        _server = server;
        _channel = new RpcChannel(server.Address, new RpcChannelOptions { DefaultTimeout = TimeSpan.FromSeconds(60) });
    }

    public void Dispose() => _channel.Dispose();

    [Fact]
    public async Task Unary_echoes_with_metadata_in_headers_and_trailers()
    {
        RpcMetadata headers = new();
        headers.Add("X-Echo", "text with spaces, and a comma");
        headers.Add("x-echo-bin", [0, 1, 2, 250, 255]);
        Ask ask = new() { Note = new Note { Text = "ß∂", Number = -7, Payload = ByteString.CopyFromUtf8("p") } };

        using RpcUnaryCall<Note> call = _channel.Unary(InteropMethods.Echo, ask, new RpcCallOptions { Headers = headers });
        Note answer = await call.ResponseAsync;

        Assert.Equal(ask.Note, answer);
        foreach (RpcMetadata echoed in new[] { await call.ResponseHeadersAsync, call.Trailers })
        {
            Assert.Equal("text with spaces, and a comma", echoed.GetValue("x-echo"));
            Assert.Contains(echoed, entry => entry.IsBinary && entry.ValueBytes.Span.SequenceEqual(new byte[] { 0, 1, 2, 250, 255 }));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_531)]
    [InlineData(4_000_000)]
    public async Task Unary_carries_any_size(int bytes)
    {
        ByteString payload = InteropMethods.Payload(bytes);
        Note answer = await _channel.UnaryAsync(InteropMethods.Echo, new Ask { Note = new Note { Payload = payload } });
        Assert.Equal(payload, answer.Payload);
    }

    [Fact]
    public async Task Status_detail_typed_details_and_trailers_arrive()
    {
        RpcMetadata headers = new();
        headers.Add("x-echo", "kept");
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => _channel.UnaryAsync(
            InteropMethods.Echo,
            new Ask { FailCode = (int)RpcStatusCode.FailedPrecondition, FailDetail = "ref moved: 100% ünlucky\n" },
            new RpcCallOptions { Headers = headers }));

        Assert.Equal(RpcStatusCode.FailedPrecondition, e.StatusCode);
        Assert.Equal("ref moved: 100% ünlucky\n", e.Detail);
        Assert.Equal("kept", e.Trailers.GetValue("x-echo"));
        Assert.True(e.TryGetErrorDetail(out Note? detail));
        Assert.Equal((int)RpcStatusCode.FailedPrecondition, detail.Number);
    }

    [Fact]
    public async Task Server_stream_arrives_in_order_then_its_status()
    {
        List<long> numbers = [];
        RpcException e = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            using RpcServerStreamingCall<Note> call = _channel.ServerStreaming(
                InteropMethods.Count, new Ask { Count = 300, PayloadBytes = 10_000, FailCode = (int)RpcStatusCode.Aborted, FailDetail = "end" });
            await foreach (Note note in call.ResponseStream)
            {
                Assert.Equal(10_000, note.Payload.Length);
                numbers.Add(note.Number);
            }
        });
        Assert.Equal(RpcStatusCode.Aborted, e.StatusCode);
        Assert.Equal(Enumerable.Range(0, 300).Select(n => (long)n), numbers);
    }

    [Fact]
    public async Task Client_stream_is_summed()
    {
        using RpcClientStreamingCall<Note, Note> call = _channel.ClientStreaming(InteropMethods.Sum);
        Note sum = await call.SendAsync(Enumerable.Range(1, 200).Select(i => new Note { Number = i, Payload = InteropMethods.Payload(5000) }));
        Assert.Equal(20_100, sum.Number);
        Assert.Equal("200", sum.Text);
    }

    [Fact]
    public async Task Client_stream_ended_early_by_the_server_tells_its_status()
    {
        using RpcClientStreamingCall<Note, Note> call = _channel.ClientStreaming(InteropMethods.Sum);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => call.SendAsync(NegativeAndThenMoreAsync()));
        Assert.Equal(RpcStatusCode.InvalidArgument, e.StatusCode);
        Assert.Equal("negative", e.Detail);
        RpcException write = await Assert.ThrowsAsync<RpcException>(async () => await call.RequestStream.WriteAsync(new Note()));
        Assert.Equal(RpcStatusCode.Cancelled, write.StatusCode);

        async IAsyncEnumerable<Note> NegativeAndThenMoreAsync()
        {
            yield return new Note { Number = -1 };
            await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
            yield return new Note();
        }
    }

    [Fact]
    public async Task Duplex_is_a_conversation()
    {
        using RpcDuplexCall<Note, Note> call = _channel.Duplex(InteropMethods.Chat);
        for (int i = 0; i < 50; i++)
        {
            await call.RequestStream.WriteAsync(new Note { Number = i });
            Assert.True(await call.ResponseStream.MoveNextAsync());
            Assert.Equal(2 * i, call.ResponseStream.Current.Number);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNextAsync());
        Assert.False(await call.ResponseStream.MoveNextAsync());
    }

    [Fact]
    public async Task Gzip_works_both_ways()
    {
        ByteString payload = InteropMethods.Payload(300_000);
        Note answer = await _channel.UnaryAsync(
            InteropMethods.Echo,
            new Ask { Compress = true, Note = new Note { Payload = payload } },
            new RpcCallOptions { RequestCompression = RpcCompression.Gzip });
        Assert.Equal(payload, answer.Payload);

        using RpcServerStreamingCall<Note> call = _channel.ServerStreaming(InteropMethods.Count, new Ask { Compress = true, Count = 5, PayloadBytes = 50_000 });
        int notes = 0;
        await foreach (Note note in call.ResponseStream)
        {
            Assert.Equal(50_000, note.Payload.Length);
            notes++;
        }

        Assert.Equal(5, notes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Response_above_the_limit_is_refused(bool compress)
    {
        RpcException e = await Assert.ThrowsAsync<RpcException>(
            () => _channel.UnaryAsync(InteropMethods.Echo, new Ask { PayloadBytes = RpcLimits.MessageBytesMaxDefault, Compress = compress }));
        Assert.Equal(RpcStatusCode.ResourceExhausted, e.StatusCode);
    }

    [Fact]
    public async Task Request_above_the_limit_is_not_sent()
    {
        Ask ask = new() { Note = new Note { Payload = InteropMethods.Payload(RpcLimits.MessageBytesMaxDefault) } };
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => _channel.UnaryAsync(InteropMethods.Echo, ask));
        Assert.Equal(RpcStatusCode.ResourceExhausted, e.StatusCode);
    }

    [Fact]
    public async Task Deadline_and_cancellation_reach_the_server()
    {
        ManualTimeProvider clock = new();
        using RpcChannel timed = new(_server.Address, new RpcChannelOptions { TimeProvider = clock });
        using (RpcServerStreamingCall<Note> call = timed.ServerStreaming(
            InteropMethods.Count, new Ask { Count = 1, WaitForCancel = true }, new RpcCallOptions { Timeout = TimeSpan.FromMinutes(5) }))
        {
            Assert.True(await call.ResponseStream.MoveNextAsync());
            ValueTask<bool> next = call.ResponseStream.MoveNextAsync();
            clock.Advance(TimeSpan.FromMinutes(4));
            Assert.False(next.IsCompleted);
            clock.Advance(TimeSpan.FromMinutes(1));
            RpcException e = await Assert.ThrowsAsync<RpcException>(async () => await next);
            Assert.Equal(RpcStatusCode.DeadlineExceeded, e.StatusCode);
        }

        await _channel.UnaryAsync(InteropMethods.AwaitCancellations, new Ask { Count = 1 });

        using CancellationTokenSource cancel = new();
        using (RpcServerStreamingCall<Note> call = _channel.ServerStreaming(
            InteropMethods.Count, new Ask { Count = 1, WaitForCancel = true }, RpcCallOptions.NoDeadline, cancel.Token))
        {
            Assert.True(await call.ResponseStream.MoveNextAsync());
            ValueTask<bool> next = call.ResponseStream.MoveNextAsync();
            await cancel.CancelAsync();
            OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
            Assert.Equal(cancel.Token, cancelled.CancellationToken);
        }

        await _channel.UnaryAsync(InteropMethods.AwaitCancellations, new Ask { Count = 1 });

        // Leaving the loop early ends the call as well.
        using RpcServerStreamingCall<Note> left = _channel.ServerStreaming(InteropMethods.Count, new Ask { Count = 3, WaitForCancel = true });
        await foreach (Note note in left.ResponseStream)
            break;

        await _channel.UnaryAsync(InteropMethods.AwaitCancellations, new Ask { Count = 1 });
    }

    [Fact]
    public async Task Unknown_method_is_unimplemented()
    {
        RpcMethod<Ask, Note> method = RpcMethod.Create(RpcMethodKind.Unary, InteropMethods.ServiceName, "Nothing", Ask.Parser, Note.Parser);
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => _channel.UnaryAsync(method, new Ask()));
        Assert.Equal(RpcStatusCode.Unimplemented, e.StatusCode);
    }

    [Fact]
    public async Task Many_calls_at_once_keep_their_answers_apart()
    {
        IEnumerable<Task> calls = Enumerable.Range(0, 300).Select(async i =>
        {
            Note answer = await _channel.UnaryAsync(
                InteropMethods.Echo, new Ask { Note = new Note { Number = i, Text = new StringBuilder().Insert(0, "x", i).ToString() } });
            Assert.Equal(i, answer.Number);
            Assert.Equal(i, answer.Text.Length);
        });
        await Task.WhenAll(calls);
    }

    [Fact]
    public async Task Server_that_dies_mid_stream_is_unavailable_and_so_is_its_port_afterwards()
    {
        (PythonPeer? peer, _) = await PythonPeer.StartAsync("interop_server.py", "die");
        await using PythonPeer dying = peer!;
        using RpcChannel channel = new(new Uri($"http://127.0.0.1:{dying.Hello}"));
        using RpcServerStreamingCall<Note> call = channel.ServerStreaming(InteropMethods.Count, new Ask { Count = 2, Die = true });
        Assert.True(await call.ResponseStream.MoveNextAsync());
        Assert.True(await call.ResponseStream.MoveNextAsync());
        ValueTask<bool> next = call.ResponseStream.MoveNextAsync();
        await dying.TellAsync("die");

        RpcException e = await Assert.ThrowsAsync<RpcException>(async () => await next);
        Assert.Equal(RpcStatusCode.Unavailable, e.StatusCode);

        await dying.WaitForExitAsync();
        using RpcChannel late = new(channel.Address);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => late.UnaryAsync(InteropMethods.Echo, new Ask()));
        Assert.Equal(RpcStatusCode.Unavailable, refused.StatusCode);
        Assert.Contains($"127.0.0.1:{dying.Hello}", refused.Detail, StringComparison.Ordinal);
        Assert.Contains("refused", refused.Detail, StringComparison.Ordinal);
    }
}
