using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Monorepo.Blobs;
using Monorepo.Blobs.Ucx;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Native.Ucx;
using Monorepo.Rpc;
using Monorepo.Rpc.Protos.Health;
using Monorepo.Services;

namespace Monorepo.Host.Tests.Serving;

public sealed class MonorepodTests
{
    private const string Repository = "team/repo";

    private static readonly byte[] s_blob = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("contents\n", 100)));

    [Fact]
    public async Task It_says_ready_once_serves_and_stops_in_order()
    {
        using DataDirectory data = new();
        await using ServerProcess server = await ServerProcess.StartAsync(data.Path);
        using HttpClient http = new() { DefaultRequestVersion = HttpVersion.Version11, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        HttpResponseMessage health = await http.GetAsync(new Uri(server.Http, "/healthz"));
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version11, "ok\n"), (health.StatusCode, health.Version, await health.Content.ReadAsStringAsync()));

        using HttpRequestMessage overHttp2 = new(HttpMethod.Get, new Uri(server.Grpc, "/healthz"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        Assert.Equal(HttpStatusCode.OK, (await http.SendAsync(overHttp2)).StatusCode);

        using RpcChannel channel = new(server.Grpc);
        foreach (string service in new[] { "", HistoryMethods.ServiceName, BlobMethods.ServiceName, AdminMethods.ServiceName, OperationsMethods.ServiceName })
        {
            HealthCheckResponse check = await channel.UnaryAsync(HealthMethods.Check, new HealthCheckRequest { Service = service });
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, check.Status);
        }

        Assert.Equal(("0", "0"), (server.Ready["memcached"], server.Ready["repositories"]));
        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Single(server.Output);
        Assert.Contains("[1006] Stopped", server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_acknowledged_survives_kill_9()
    {
        using DataDirectory data = new();
        ReadHistoryResponse before;
        await using (ServerProcess first = await ServerProcess.StartAsync(data.Path, "--ucx", "off"))
        {
            await FillAsync(first.Grpc);
            before = await ReadHeadAsync(first.Grpc);
            await first.SignalAsync("KILL");
            await first.WaitForExitAsync();
        }

        await using ServerProcess second = await ServerProcess.StartAsync(data.Path, "--ucx", "off");
        Assert.Equal("1", second.Ready["repositories"]);
        Assert.Equal((1UL, 1), (before.Head.Length, before.Head.Refs.Refs.Count));
        Assert.Equal(before, await ReadHeadAsync(second.Grpc));
        await second.SignalAsync("INT");
        Assert.Equal(0, await second.WaitForExitAsync());
    }

    [Fact]
    public async Task Contents_come_over_ucx_with_the_offered_token()
    {
        if (!UcxRuntime.TryLoad().IsUsable)
        {
            Assert.Skip($"UCX can't be used here: {UcxRuntime.TryLoad().Problem}");
        }

        using DataDirectory data = new();
        await using ServerProcess server = await ServerProcess.StartAsync(data.Path, "--ucx", "auto");
        await FillAsync(server.Grpc);
        BlobEndpoint endpoint = Assert.Single((await ReadHeadAsync(server.Grpc)).Head.Blobs.Endpoints);
        Assert.Equal(("ucx", server.Ready["ucx"]), (endpoint.Transport, $"{endpoint.Host}:{endpoint.Port}"));

        ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, s_blob);
        await using UcxBlobTransport transport = await ConnectAsync(endpoint, endpoint.Token.ToByteArray());
        using BlobReply reply = await transport.GetAsync(RepositoryName.Parse(Repository), new[] { id }, CancellationToken.None);
        Assert.Equal(s_blob, ObjectEnvelope.Open(reply.EnvelopeAt(0).Span, id, out _));

        BlobTransportException refused = await Assert.ThrowsAsync<BlobTransportException>(() => ConnectAsync(endpoint, new byte[32]));
        Assert.Equal(BlobTransportError.Unauthorized, refused.Error);
    }

    [Fact]
    public async Task Data_in_use_and_data_of_others_are_refused()
    {
        using DataDirectory data = new();
        await using ServerProcess first = await ServerProcess.StartAsync(data.Path, "--ucx", "off");
        await using ServerProcess second = ServerProcess.Launch("--data", data.Path, "--listen", "127.0.0.1:0", "--ucx", "off");
        Assert.Equal(3, await second.WaitForExitAsync());
        Assert.Contains("open in another process", second.Errors, StringComparison.Ordinal);
        Assert.Empty(second.Output);

        using DataDirectory other = new();
        other.File("CURRENT", "not a database");
        await using ServerProcess third = ServerProcess.Launch("--data", other.Path, "--listen", "127.0.0.1:0", "--ucx", "off");
        Assert.Equal(4, await third.WaitForExitAsync());
        Assert.StartsWith("monorepod: ", third.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_with_a_hint()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        using DataDirectory data = new();
        await using ServerProcess server = ServerProcess.Launch("--data", data.Path, "--listen", taken.LocalEndpoint.ToString()!, "--ucx", "off");
        Assert.Equal(5, await server.WaitForExitAsync());
        string line = Assert.Single(server.Errors.Split('\n'), l => l.StartsWith("monorepod: ", StringComparison.Ordinal));
        Assert.Contains("--listen", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
    }

    private static Task<UcxBlobTransport> ConnectAsync(BlobEndpoint endpoint, byte[] token) => UcxBlobTransport.ConnectAsync(new UcxBlobClientSettings
    {
        Address = new IPEndPoint(IPAddress.Parse(endpoint.Host), (int)endpoint.Port),
        Token = token,
    }, CancellationToken.None);

    private static async Task<ReadHistoryResponse> ReadHeadAsync(Uri address)
    {
        using RpcChannel channel = new(address);
        using RpcServerStreamingCall<ReadHistoryResponse> call = channel.ServerStreaming(HistoryMethods.ReadHistory, new ReadHistoryRequest { Repository = Repository });
        Assert.True(await call.ResponseStream.MoveNextAsync());
        return call.ResponseStream.Current;
    }

    private static async Task FillAsync(Uri address)
    {
        byte[] tree = Tree(ObjectHasher.Hash(ObjectKind.Blob, s_blob));
        byte[] commit = Encoding.UTF8.GetBytes($"tree {ObjectHasher.Hash(ObjectKind.Tree, tree)}\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n\none\n");
        ByteString tip = RawId(ObjectKind.Commit, commit);
        using RpcChannel channel = new(address);
        await channel.UnaryAsync(AdminMethods.OpenRepository, new OpenRepositoryRequest { Repository = Repository, Create = true });
        using RpcClientStreamingCall<IngestRequest, IngestResponse> call = channel.ClientStreaming(AdminMethods.Ingest);
        IngestResponse response = await call.SendAsync([new IngestRequest
        {
            Repository = Repository,
            Objects = { Entry(ObjectKind.Blob, s_blob), Entry(ObjectKind.Tree, tree), Entry(ObjectKind.Commit, commit) },
            Commits = { tip },
            RefChanges = { new RefChange { Name = "refs/heads/main", OldTarget = ByteString.CopyFrom(new byte[ObjectId.Size]), NewTarget = tip } },
            DefaultBranch = "refs/heads/main",
        }]);
        Assert.Equal(1UL, response.Commits);
    }

    private static byte[] Tree(ObjectId blob)
    {
        TreeBuilder builder = new();
        builder.Add(Core.FileMode.Regular, "f"u8, blob);
        return builder.Build();
    }

    private static ObjectEntry Entry(ObjectKind kind, byte[] body) =>
        new() { Id = RawId(kind, body), Envelope = ByteString.CopyFrom(ObjectEnvelope.Seal(kind, body)) };

    private static ByteString RawId(ObjectKind kind, byte[] body) => ByteString.CopyFrom(ObjectHasher.Hash(kind, body).AsSpan());
}
