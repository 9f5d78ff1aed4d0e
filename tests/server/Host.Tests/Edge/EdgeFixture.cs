using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Monorepo.Blobs;
using Monorepo.Blobs.Grpc;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Host.Tests.Serving;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Testing.Processes;

namespace Monorepo.Host.Tests.Edge;

/// <summary>A history server with some objects, memcached servers, and edges over them: real processes, gone with the test.</summary>
internal sealed class EdgeFixture : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    public static readonly RepositoryName Repository = RepositoryName.Parse("team/repo");

    private readonly DataDirectory _data = new();
    private readonly List<IAsyncDisposable> _running = [];

    public ServerProcess History { get; private set; } = null!;

    /// <summary>Two of them.</summary>
    public List<MemcachedServer> Memcached { get; } = [];

    public List<(ObjectId Id, byte[] Body)> Blobs { get; } = [];

    public ObjectId[] BlobIds => [.. Blobs.Select(b => b.Id)];

    /// <summary>The root and two directories.</summary>
    public ObjectId[] TreeIds { get; private set; } = [];

    public static async Task<EdgeFixture> StartAsync(int blobs = 300)
    {
        EdgeFixture fixture = new();
        try
        {
            fixture.Memcached.Add(await MemcachedServer.StartAsync());
            fixture.Memcached.Add(await MemcachedServer.StartAsync());
            fixture.History = await ServerProcess.StartAsync(fixture._data.Path);
            await fixture.FillAsync(blobs);
            return fixture;
        }
        catch
        {
            await fixture.DisposeAsync();
            throw;
        }
    }

    public async Task<ServerProcess> StartEdgeAsync(params string[] arguments)
    {
        ServerProcess edge = await ServerProcess.StartAnyAsync([
            "--role", "blobs", "--origin", History.Grpc.GetLeftPart(UriPartial.Authority), "--listen", "127.0.0.1:0",
            // What is looked at here is memcached, which a hot set would hide.
            "--hot-set", "off",
            "--memcached", string.Join(',', Memcached.Select(m => $"{m.Host}:{m.Port}")), .. arguments]);
        lock (_running)
            _running.Add(edge);
        return edge;
    }

    /// <summary>The history server's data on its old port again.</summary>
    public async Task RestartHistoryAsync()
    {
        Uri before = History.Grpc;
        await History.DisposeAsync();
        History = await ServerProcess.StartAnyAsync("--data", _data.Path, "--memory", "64M", "--listen", before.Authority);
    }

    /// <summary>gRPC to a server, as many calls at a time as wanted.</summary>
    public GrpcBlobTransport Connect(ServerProcess server)
    {
        RpcChannel channel = new(server.Grpc, new RpcChannelOptions { ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax });
        _running.Add(new Channel(channel));
        return new GrpcBlobTransport(channel, new RpcCallOptions { Timeout = Deadline });
    }

    public void AssertAll(BlobReply reply)
    {
        Assert.Equal(Blobs.Count, reply.Count);
        for (int i = 0; i < reply.Count; i++)
            Assert.Equal(Blobs[i].Body, ObjectEnvelope.Open(reply.EnvelopeAt(i).Span, Blobs[i].Id, out _));
    }

    /// <summary>Waits until the memcached servers hold that many items.</summary>
    public Task FilledAsync(int items) => UntilAsync(async () => await ReadStatisticAsync("curr_items") >= items);

    /// <summary>One of memcached's statistics, summed.</summary>
    public async Task<long> ReadStatisticAsync(string name)
    {
        long sum = 0;
        foreach (MemcachedServer server in Memcached)
        {
            using TcpClient client = new();
            await client.ConnectAsync(server.Host, server.Port);
            await client.GetStream().WriteAsync("stats\r\nquit\r\n"u8.ToArray());
            using StreamReader reader = new(client.GetStream(), Encoding.ASCII);
            string text = await reader.ReadToEndAsync();
            string line = text.Split("\r\n").Single(l => l.StartsWith($"STAT {name} ", StringComparison.Ordinal));
            sum += long.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
        }

        return sum;
    }

    /// <summary>An envelope's key as BlobPlane/Caching/EnvelopeKey describes it.</summary>
    public static byte[] KeyOf(ObjectId id) =>
        [(byte)'e', 1, .. SHA256.HashData(Encoding.ASCII.GetBytes(Repository.Value))[..16], .. id.AsSpan()];

    public static async Task<string> HealthAsync(ServerProcess server)
    {
        using HttpClient http = new();
        return await http.GetStringAsync(new Uri(server.Http, "/healthz"));
    }

    public static Task HealthSaysAsync(ServerProcess server, string part) =>
        UntilAsync(async () => (await HealthAsync(server)).Contains(part, StringComparison.Ordinal));

    /// <summary>Waits for a line: it may come after what it tells of.</summary>
    public static Task LogSaysAsync(ServerProcess server, string part) =>
        UntilAsync(() => Task.FromResult(server.Errors.Contains(part, StringComparison.Ordinal)));

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, "The condition did not come true in time.");
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable running in Enumerable.Reverse(_running))
            await running.DisposeAsync();
        if (History is not null)
            await History.DisposeAsync();
        foreach (MemcachedServer memcached in Memcached)
            await memcached.DisposeAsync();
        _data.Dispose();
    }

    private async Task FillAsync(int blobs)
    {
        List<ObjectEntry> objects = [];
        Random random = new(7);
        TreeBuilder[] directories = [new(), new()];
        for (int i = 0; i < blobs; i++)
        {
            byte[] body = new byte[200 + random.Next(3000)];
            random.NextBytes(body.AsSpan(0, body.Length / 2));
            ObjectId id = Add(ObjectKind.Blob, body);
            Blobs.Add((id, body));
            directories[i % 2].Add(Core.FileMode.Regular, Encoding.ASCII.GetBytes($"file-{i:0000}"), id);
        }

        TreeBuilder root = new();
        ObjectId[] subtrees = [.. directories.Select(d => Add(ObjectKind.Tree, d.Build()))];
        root.Add(Core.FileMode.Directory, "left"u8, subtrees[0]);
        root.Add(Core.FileMode.Directory, "right"u8, subtrees[1]);
        ObjectId rootId = Add(ObjectKind.Tree, root.Build());
        TreeIds = [rootId, .. subtrees];
        ObjectId commit = Add(ObjectKind.Commit, Encoding.UTF8.GetBytes($"tree {rootId}\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> 1 +0000\n\none\n"));

        using RpcChannel channel = new(History.Grpc);
        await channel.UnaryAsync(AdminMethods.OpenRepository, new OpenRepositoryRequest { Repository = Repository.Value, Create = true });
        using RpcClientStreamingCall<IngestRequest, IngestResponse> call = channel.ClientStreaming(AdminMethods.Ingest);
        await call.SendAsync([new IngestRequest
        {
            Repository = Repository.Value,
            Objects = { objects },
            Commits = { Raw(commit) },
            RefChanges = { new RefChange { Name = "refs/heads/main", OldTarget = ByteString.CopyFrom(new byte[ObjectId.Size]), NewTarget = Raw(commit) } },
            DefaultBranch = "refs/heads/main",
        }]);

        ObjectId Add(ObjectKind kind, byte[] body)
        {
            ObjectId id = ObjectHasher.Hash(kind, body);
            objects.Add(new ObjectEntry { Id = Raw(id), Envelope = ByteString.CopyFrom(ObjectEnvelope.Seal(kind, body)) });
            return id;
        }
    }

    private static ByteString Raw(ObjectId id) => ByteString.CopyFrom(id.AsSpan());

    private sealed class Channel(RpcChannel channel) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            channel.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
