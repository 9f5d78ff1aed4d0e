using System.Collections.Concurrent;
using System.Text;
using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.Host.Tests.Serving;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;
using StoredBatch = Monorepo.Storage.ObjectBatch;

namespace Monorepo.Host.Tests.Push;

/// <summary>Clients push to one branch and to refs of their own, atomically, while the server is killed: what was acknowledged is there, once, and whole.</summary>
public sealed class PushKillTests : IDisposable
{
    private const string Main = "refs/heads/main";
    private const string Name = "demo";
    private const int Clients = 8;
    private const int PushesEach = 6;
    private const int Kills = 2;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(90);

    private readonly Made _first = Commit(Tree([]), "first", null);
    private readonly ConcurrentDictionary<string, ObjectId> _acknowledged = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _acknowledgements = new(0);
    private TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _retries;

    public void Dispose() => _acknowledgements.Dispose();

    [Fact]
    public async Task Acknowledged_pushes_survive_kills_and_land_once()
    {
        using DataDirectory data = new();
        ServerProcess server = await ServerProcess.StartAsync(data.Path, "--ucx", "off");
        try
        {
            using (RpcChannel channel = new(server.Grpc, new RpcChannelOptions()))
            {
                await channel.UnaryAsync(AdminMethods.OpenRepository, new OpenRepositoryRequest { Repository = Name, Create = true });
                Assert.True((await PushAsync(channel, [Tree([]), _first], Update(Main, null, _first.Id))).Accepted);
            }

            _address.SetResult(server.Grpc);
            Task clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(RunAsync));
            for (int kill = 0; kill < Kills; kill++)
            {
                for (int i = 0; i < Clients * PushesEach / (Kills + 1); i++)
                {
                    Assert.True(await _acknowledgements.WaitAsync(s_deadline), "the pushes stand still");
                }

                _address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
                await server.DisposeAsync();
                server = await ServerProcess.StartAsync(data.Path, "--ucx", "off");
                _address.SetResult(server.Grpc);
            }

            await clients.WaitAsync(s_deadline);
        }
        finally
        {
            await server.DisposeAsync();
        }

        await VerifyAsync(data.Path);
    }

    private async Task RunAsync(int client)
    {
        for (int i = 0; i < PushesEach; i++)
        {
            // Always from the first commit: every push is behind and is rebased.
            string name = $"{client}-{i}";
            byte[] text = Encoding.ASCII.GetBytes(name);
            Made blob = new(ObjectHasher.Hash(ObjectKind.Blob, text), ObjectKind.Blob, text);
            Made tree = Tree([(name, blob)]);
            Made commit = Commit(tree, name, _first.Id);
            PushUpdate main = Update(Main, _first.Id, commit.Id);
            main.Rebase = PushRebase.Always;
            while (!await TryPushAsync(name, [blob, tree, commit], main, Update($"refs/heads/own/{name}", null, commit.Id)))
            {
                Interlocked.Increment(ref _retries);
            }
        }
    }

    private async Task<bool> TryPushAsync(string name, Made[] objects, params PushUpdate[] updates)
    {
        using RpcChannel channel = new(await _address.Task.WaitAsync(s_deadline), new RpcChannelOptions());
        try
        {
            PushResponse response = await PushAsync(channel, objects, updates);
            Assert.True(response.Accepted, response.ToString());

            // The first to come is a step forward as it is.
            PushResult main = response.Results[0];
            _acknowledged[name] = main.Rebased.Count > 0 ? new ObjectId(main.Rebased[0].NewId.Span) : objects[^1].Id;
            _acknowledgements.Release();
            return true;
        }
        catch (RpcException e) when (e.StatusCode is RpcStatusCode.Unavailable or RpcStatusCode.Internal or RpcStatusCode.Cancelled or RpcStatusCode.Unknown)
        {
            // Killed: nobody knows whether it landed, so it is sent again.
            return false;
        }
    }

    private async Task VerifyAsync(string path)
    {
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = path, MemoryBytes = 64 << 20 });
        IRepository repository = (await engine.OpenAsync(RepositoryName.Parse(Name), default))!;
        RefSnapshot refs = await repository.Refs.ReadAsync(default);
        Assert.Equal(1 + (Clients * PushesEach), refs.Refs.Count);
        Assert.Equal(Clients * PushesEach, _acknowledged.Count);

        // One update a push, however often it was sent: atomic over both refs, and never twice.
        Assert.Equal(1 + (Clients * PushesEach), refs.Offset);
        HashSet<ObjectId> whole = [];
        foreach (StoredRef item in refs.Refs)
        {
            await ReadAllAsync(repository, item.Target, whole);
        }

        Dictionary<string, ObjectId> landed = [];
        ObjectId root = default;
        for (ObjectId? at = refs.Refs.First(r => r.Name.Value == Main).Target; at is { } id;)
        {
            Commit commit = Core.Commit.Parse(await ReadAsync(repository, id));
            Assert.True(landed.TryAdd(Encoding.ASCII.GetString(commit.Message.Span).Trim(), id), $"'{Encoding.ASCII.GetString(commit.Message.Span)}' landed twice");
            root = root.IsNull ? commit.Tree : root;
            at = commit.Parents.Count == 0 ? null : commit.Parents[0];
        }

        Assert.Equal(1 + (Clients * PushesEach), landed.Count);
        Assert.All(_acknowledged, a => Assert.Equal(landed[a.Key], a.Value));
        int files = 0;
        for (TreeReader reader = new(await ReadAsync(repository, root)); reader.MoveNext();)
        {
            files++;
        }

        Assert.Equal(Clients * PushesEach, files);
        Assert.True(_retries > 0, "no push was interrupted by the kills");
    }

    /// <summary>Everything behind an object, each checked against its id.</summary>
    private static async Task ReadAllAsync(IRepository repository, ObjectId start, HashSet<ObjectId> seen)
    {
        Stack<ObjectId> open = new([start]);
        while (open.TryPop(out ObjectId id))
        {
            if (!seen.Add(id))
            {
                continue;
            }

            using StoredBatch batch = await repository.Objects.GetAsync(new[] { id }, default);
            Assert.True(batch.IsPresent(0), $"{id} is missing");
            byte[] body = ObjectEnvelope.Open(batch[0], id, out ObjectKind kind);
            if (kind == ObjectKind.Commit)
            {
                Assert.NotNull((await repository.History.FindAsync(new[] { id }, default))[0]);
                Commit commit = Core.Commit.Parse(body);
                open.Push(commit.Tree);
                foreach (ObjectId parent in commit.Parents)
                {
                    open.Push(parent);
                }
            }

            for (TreeReader reader = new(kind == ObjectKind.Tree ? body : []); reader.MoveNext();)
            {
                open.Push(reader.Current.Id);
            }
        }
    }

    private static async Task<byte[]> ReadAsync(IRepository repository, ObjectId id)
    {
        using StoredBatch batch = await repository.Objects.GetAsync(new[] { id }, default);
        return ObjectEnvelope.Open(batch[0], id, out _);
    }

    private static async Task<PushResponse> PushAsync(RpcChannel channel, Made[] objects, params PushUpdate[] updates)
    {
        PushRequest entries = new() { Objects = new Formats.Protos.ObjectBatch() };
        entries.Objects.Objects.AddRange(objects.Select(o => new ObjectEntry
        {
            Id = ByteString.CopyFrom(o.Id.AsSpan()),
            Envelope = ByteString.CopyFrom(ObjectEnvelope.Seal(o.Kind, o.Body)),
        }));
        using RpcClientStreamingCall<PushRequest, PushResponse> call = channel.ClientStreaming(PushMethods.Push);
        return await call.SendAsync([new PushRequest { Head = new PushHead { Repository = Name, Updates = { updates } } }, entries]);
    }

    private static PushUpdate Update(string name, ObjectId? from, ObjectId to) => new()
    {
        Name = name,
        OldTarget = ByteString.CopyFrom((from ?? ObjectId.Null).AsSpan()),
        NewTarget = ByteString.CopyFrom(to.AsSpan()),
    };

    private static Made Tree((string Name, Made Blob)[] files)
    {
        TreeBuilder builder = new();
        foreach ((string name, Made blob) in files)
        {
            builder.Add(Core.FileMode.Regular, Encoding.ASCII.GetBytes(name), blob.Id);
        }

        byte[] body = builder.Build();
        return new Made(ObjectHasher.Hash(ObjectKind.Tree, body), ObjectKind.Tree, body);
    }

    private static Made Commit(Made tree, string message, ObjectId? parent)
    {
        string head = $"tree {tree.Id}\n{(parent is { } id ? $"parent {id}\n" : "")}";
        byte[] body = Encoding.ASCII.GetBytes($"{head}author A <a@x> 1600000000 +0000\ncommitter A <a@x> 1600000000 +0000\n\n{message}\n");
        return new Made(ObjectHasher.Hash(ObjectKind.Commit, body), ObjectKind.Commit, body);
    }

    private sealed record Made(ObjectId Id, ObjectKind Kind, byte[] Body);
}
