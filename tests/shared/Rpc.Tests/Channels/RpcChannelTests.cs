using System.Net;
using System.Net.Sockets;
using Monorepo.Rpc.Tests.Interop;

namespace Monorepo.Rpc.Tests.Channels;

/// <summary>Responses no good server gives, and servers that are not there.</summary>
public sealed class RpcChannelTests
{
    private static readonly Uri Address = new("http://server.test:80");

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "text/html", null, RpcStatusCode.Unavailable)]
    [InlineData(HttpStatusCode.NotFound, null, null, RpcStatusCode.Unimplemented)]
    [InlineData(HttpStatusCode.OK, "text/html", null, RpcStatusCode.Unknown)]
    [InlineData(HttpStatusCode.OK, "application/grpc", null, RpcStatusCode.Unknown)]
    [InlineData(HttpStatusCode.OK, "application/grpc", "0", RpcStatusCode.Internal)]
    [InlineData(HttpStatusCode.OK, "application/grpc", "7", RpcStatusCode.PermissionDenied)]
    [InlineData(HttpStatusCode.OK, "application/grpc", "99", RpcStatusCode.Unknown)]
    public async Task Odd_responses_become_a_status(HttpStatusCode http, string? contentType, string? status, RpcStatusCode expected)
    {
        using RpcChannel channel = Answering(() => Response(http, contentType, status));
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(InteropMethods.Echo, new Ask()));
        Assert.Equal(expected, e.StatusCode);
    }

    [Theory]
    [InlineData("0000000000", "0", null)]
    [InlineData("", "0", RpcStatusCode.Internal)]
    [InlineData("00000000000000000000", "0", RpcStatusCode.Internal)]
    [InlineData("00000000", "0", RpcStatusCode.Internal)]
    [InlineData("0000000000", "13", RpcStatusCode.Internal)]
    [InlineData("0000000000", null, RpcStatusCode.Unknown)]
    public async Task Unary_wants_one_message_and_a_status(string hex, string? status, RpcStatusCode? expected)
    {
        using RpcChannel channel = Answering(() =>
        {
            HttpResponseMessage response = Response(HttpStatusCode.OK, "application/grpc", null, Convert.FromHexString(hex));
            if (status is not null)
                response.TrailingHeaders.Add("grpc-status", status);
            return response;
        });
        if (expected is null)
        {
            Assert.Equal(new Note(), await channel.UnaryAsync(InteropMethods.Echo, new Ask()));
            return;
        }

        RpcException e = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(InteropMethods.Echo, new Ask()));
        Assert.Equal(expected, e.StatusCode);
    }

    [Fact]
    public async Task Refused_connection_says_which_server_and_why()
    {
        int port;
        using (Socket closed = new(SocketType.Stream, ProtocolType.Tcp))
        {
            closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            port = ((IPEndPoint)closed.LocalEndPoint!).Port;
        }

        using RpcChannel channel = new(new Uri($"http://127.0.0.1:{port}"));
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(InteropMethods.Echo, new Ask()));
        Assert.Equal(RpcStatusCode.Unavailable, e.StatusCode);
        Assert.Contains($"127.0.0.1:{port}", e.Detail, StringComparison.Ordinal);
        Assert.Contains("refused", e.Detail, StringComparison.Ordinal);

        using RpcDuplexCall<Note, Note> call = channel.Duplex(InteropMethods.Chat);
        RpcException write = await Assert.ThrowsAsync<RpcException>(async () => await call.RequestStream.WriteAsync(new Note()));
        Assert.Equal(RpcStatusCode.Unavailable, write.StatusCode);
    }

    [Fact]
    public async Task Cancelled_token_and_disposal_end_a_call_that_has_no_response()
    {
        using RpcChannel channel = new(Address, new RpcChannelOptions { HttpHandler = new SilentHandler() });
        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => channel.UnaryAsync(InteropMethods.Echo, new Ask(), cancellationToken: new CancellationToken(canceled: true)));
        Assert.True(cancelled.CancellationToken.IsCancellationRequested);

        RpcUnaryCall<Note> call = channel.Unary(InteropMethods.Echo, new Ask());
        call.Dispose();
        RpcException disposed = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        Assert.Equal(RpcStatusCode.Cancelled, disposed.StatusCode);

        RpcException late = await Assert.ThrowsAsync<RpcException>(
            () => channel.UnaryAsync(InteropMethods.Echo, new Ask(), new RpcCallOptions { Timeout = TimeSpan.Zero }));
        Assert.Equal(RpcStatusCode.DeadlineExceeded, late.StatusCode);
    }

    [Theory]
    [InlineData("ftp://host")]
    [InlineData("http://host/path")]
    public void Addresses_are_scheme_host_and_port(string address)
        => Assert.Throws<ArgumentException>(() => new RpcChannel(new Uri(address)));

    [Fact]
    public void Kind_of_the_method_must_match()
    {
        using RpcChannel channel = new(Address);
        Assert.Throws<ArgumentException>(() => channel.Unary(InteropMethods.Count, new Ask()));
    }

    private static RpcChannel Answering(Func<HttpResponseMessage> answer)
        => new(Address, new RpcChannelOptions { HttpHandler = new AnsweringHandler(answer) });

    private static HttpResponseMessage Response(HttpStatusCode http, string? contentType, string? status, byte[]? body = null)
    {
        HttpResponseMessage response = new(http) { Content = new ByteArrayContent(body ?? []) };
        if (contentType is not null)
            response.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        if (status is not null)
            response.Headers.TryAddWithoutValidation("grpc-status", status);
        return response;
    }

    private sealed class AnsweringHandler(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => Task.FromResult(answer());
    }

    private sealed class SilentHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => new TaskCompletionSource<HttpResponseMessage>().Task.WaitAsync(cancellationToken);
    }
}
