using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Monorepo.Rpc.Tests.Interop;
using Monorepo.Rpc.Wire;

namespace Monorepo.Rpc.Kestrel.Tests.Calls;

/// <summary>Requests no well-behaved client sends, byte by byte.</summary>
public sealed class ServerProtocolTests(RpcServerFixture server) : IClassFixture<RpcServerFixture>, IDisposable
{
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc-web", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc+json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/grpc", HttpStatusCode.OK)]
    [InlineData("application/grpc+proto", HttpStatusCode.OK)]
    public async Task Content_type_is_checked(string contentType, HttpStatusCode expected)
    {
        using HttpResponseMessage response = await SendAsync(Frame(new Ask()), contentType: contentType);
        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Only_post_is_a_call()
    {
        using HttpResponseMessage response = await SendAsync(Frame(new Ask()), HttpMethod.Put);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData("", RpcStatusCode.Internal)]
    [InlineData("00", RpcStatusCode.Internal)]
    [InlineData("0000000001", RpcStatusCode.Internal)]
    [InlineData("0200000000", RpcStatusCode.Internal)]
    [InlineData("0100000000", RpcStatusCode.Internal)]
    [InlineData("00000000010a", RpcStatusCode.Internal)]
    [InlineData("00000000000000000000", RpcStatusCode.Internal)]
    [InlineData("00ffffffff", RpcStatusCode.ResourceExhausted)]
    [InlineData("0000000000", RpcStatusCode.Ok)]
    public async Task Request_bodies_are_checked(string hex, RpcStatusCode expected)
    {
        using HttpResponseMessage response = await SendAsync(Convert.FromHexString(hex));
        Assert.Equal(expected, await StatusAsync(response));
    }

    [Theory]
    [InlineData("grpc-timeout", "1", RpcStatusCode.Internal)]
    [InlineData("grpc-timeout", "123456789S", RpcStatusCode.Internal)]
    [InlineData("grpc-timeout", "99999999H", RpcStatusCode.Ok)]
    [InlineData("grpc-encoding", "snappy", RpcStatusCode.Unimplemented)]
    [InlineData("grpc-encoding", "identity", RpcStatusCode.Ok)]
    [InlineData("some-bin", "=?", RpcStatusCode.Internal)]
    public async Task Request_headers_are_checked(string name, string value, RpcStatusCode expected)
    {
        using HttpResponseMessage response = await SendAsync(Frame(new Ask()), header: (name, value));
        Assert.Equal(expected, await StatusAsync(response));
    }

    [Fact]
    public async Task Deadline_answers_even_when_the_handler_does_not_listen()
    {
        using HttpResponseMessage response = await SendAsync(Frame(new Ask { Die = true }), header: ("grpc-timeout", "50m"));
        Assert.Equal(RpcStatusCode.DeadlineExceeded, await StatusAsync(response));
        Assert.False(server.Interop.Stuck.Task.IsCompleted);
        server.Interop.Stuck.SetResult();
    }

    [Fact]
    public async Task Failing_handler_is_logged_and_tells_the_client_nothing()
    {
        using RpcChannel channel = new(server.Address);
        RpcException e = await Assert.ThrowsAsync<RpcException>(
            () => channel.UnaryAsync(InteropMethods.Echo, new Ask { FailCode = -1, FailDetail = "a secret" }));
        Assert.Equal(RpcStatusCode.Unknown, e.StatusCode);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.Contains(server.Log.Errors, entry => entry.Id.Id == 1 && entry.Exception is InvalidOperationException { Message: "a secret" });
    }

    private async Task<HttpResponseMessage> SendAsync(
        byte[] body,
        HttpMethod? method = null,
        string contentType = HeaderNames.ContentTypeValue,
        (string Name, string Value)? header = null)
    {
        using HttpRequestMessage request = new(method ?? HttpMethod.Post, new Uri(server.Address, InteropMethods.Echo.FullName))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } },
        };
        if (header is var (name, value))
            request.Headers.TryAddWithoutValidation(name, value);

        return await _http.SendAsync(request, CancellationToken.None);
    }

    private static async Task<RpcStatusCode> StatusAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsByteArrayAsync();
        IEnumerable<string> values = response.Headers.TryGetValues(HeaderNames.Status, out IEnumerable<string>? inHeaders)
            ? inHeaders
            : response.TrailingHeaders.GetValues(HeaderNames.Status);
        return CallStatus.Parse(Assert.Single(values), null, null).Code;
    }

    private static byte[] Frame(Ask message)
    {
        byte[] payload = message.ToByteArray();
        byte[] frame = new byte[MessageFrame.PrefixBytes + payload.Length];
        MessageFrame.WritePrefix(frame, payload.Length, isCompressed: false);
        payload.CopyTo(frame, MessageFrame.PrefixBytes);
        return frame;
    }
}
