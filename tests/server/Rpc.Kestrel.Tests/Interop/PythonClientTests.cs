using Monorepo.Rpc.Tests.Interop;

namespace Monorepo.Rpc.Kestrel.Tests.Interop;

/// <summary>Our server against the client of another implementation.</summary>
public sealed class PythonClientTests(PythonClientTests.ClientFixture fixture) : IClassFixture<PythonClientTests.ClientFixture>
{
    [Theory]
    [InlineData("unary")]
    [InlineData("large_messages")]
    [InlineData("metadata")]
    [InlineData("status_details")]
    [InlineData("server_streaming")]
    [InlineData("server_streaming_then_status")]
    [InlineData("client_streaming")]
    [InlineData("client_streaming_ended_early")]
    [InlineData("duplex")]
    [InlineData("gzip")]
    [InlineData("unknown_encoding")]
    [InlineData("request_too_large")]
    [InlineData("response_too_large")]
    [InlineData("deadline")]
    [InlineData("cancellation")]
    [InlineData("unknown_method")]
    [InlineData("handler_fails")]
    [InlineData("dies_mid_stream")]
    [InlineData("many_calls")]
    [InlineData("slow_reader")]
    [InlineData("health")]
    public async Task Scenario(string name)
    {
        Assert.SkipWhen(fixture.Missing.Length > 0, fixture.Missing);
        Assert.Equal("ok", await fixture.Client.AskAsync(name));
    }

    public sealed class ClientFixture : IAsyncLifetime
    {
        private readonly RpcServerFixture _server = new();
        private PythonPeer? _client;

        public PythonPeer Client => _client!;

        public string Missing { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            await _server.InitializeAsync();
            (_client, Missing) = await PythonPeer.StartAsync("interop_client.py", $"127.0.0.1:{_server.Address.Port}");
        }

        public async ValueTask DisposeAsync()
        {
            if (_client is not null)
                await _client.DisposeAsync();
            await _server.DisposeAsync();
        }
    }
}
