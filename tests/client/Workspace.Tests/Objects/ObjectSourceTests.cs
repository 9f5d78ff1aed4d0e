using System.Collections.Concurrent;
using System.Text;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Local;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Tests.Objects;

public sealed class ObjectSourceTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FakeRemote _remote = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_was_fetched_once_is_local()
    {
        ObjectId[] ids = AddBlobs(5000);
        using ObjectCache cache = new(_directory.Path);
        ObjectSource source = new(cache, null, _remote);
        Assert.Equal(ids.Order(), (await ReadAsync(source, [.. ids, .. ids])).Select(o => o.Id).Order());
        Assert.Equal(3, _remote.BlobRequests.Count);
        Assert.Equal(5000, _remote.BlobRequests.Sum(r => r.Length));

        using ObjectCache again = new(_directory.Path);
        ObjectSource offline = new(again, null, null);
        foreach (GitObject item in await ReadAsync(offline, ids))
        {
            Assert.Equal(item.Id, ObjectHasher.Hash(item.Kind, item.Body.Span));
        }

        Assert.Equal(5000, offline.Stats.Snapshot().CacheHits);
        await offline.EnsureAsync(ids, Token);
        Assert.Equal(ids[7], (await offline.ReadAsync(ids[7], Token)).Id);
    }

    [Fact]
    public async Task Contents_are_lent_to_a_receiver_one_by_one_and_trees_are_given()
    {
        ObjectId[] ids = [.. Enumerable.Range(0, 300).Select(i => _remote.Add(ObjectKind.Blob, new byte[i * 37 % 9000])).Distinct()];
        ObjectId tree = Tree([.. ids.Select((id, i) => (FileMode.Regular, $"file{i:D3}", id))]);
        using ObjectCache cache = new(_directory.Path);
        ObjectSource source = new(cache, null, _remote);
        await source.EnsureAsync([tree, .. ids], Token);
        ConcurrentBag<ObjectId> received = [];
        GitObject? kept = null;
        await source.ReceiveManyAsync([tree, .. ids], item =>
        {
            Assert.Equal(item.Id, ObjectHasher.Hash(item.Kind, item.Body.Span));
            received.Add(item.Id);
            kept = item.Kind == ObjectKind.Tree ? item : kept;
            return ValueTask.CompletedTask;
        }, Token);
        Assert.Equal(((ObjectId[])[tree, .. ids]).Order(), received.Order());
        Assert.Equal(tree, ObjectHasher.Hash(ObjectKind.Tree, kept!.Body.Span));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("dir/own/deep")]
    public async Task Differences_to_a_tree_that_the_server_does_not_have_are_fetched_from_below_it(string? path)
    {
        ObjectId[] blobs = AddBlobs(4);
        ObjectId deep = Tree((FileMode.Regular, "a", blobs[0]));
        ObjectId changed = Tree((FileMode.Regular, "a", blobs[1]));
        ObjectId before = Tree((FileMode.Directory, "dir", Tree((FileMode.Directory, "own", Tree((FileMode.Directory, "deep", deep))))));
        using LocalStore local = LocalStore.Open(_directory.File("local"));
        using LocalBatch batch = local.Begin();
        ObjectId Own(string name, ObjectId tree) => batch.Add(ObjectKind.Tree, TreeBody((FileMode.Directory, name, tree)));
        ObjectId after = Own("dir", Own("own", Own("deep", changed)));
        batch.Add(ObjectKind.Commit, Encoding.ASCII.GetBytes($"tree {after}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nown\n"));
        batch.Promise();
        using ObjectCache cache = new(_directory.Path);
        byte[][] paths = path is null ? [] : [Encoding.ASCII.GetBytes(path)];
        IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(
            new ObjectSource(cache, null, _remote, local: local), before, after, Token, [.. paths.Select(static p => (ReadOnlyMemory<byte>)p)]);
        Assert.Equal("dir/own/deep/a", Assert.Single(changes).PathText);
        Assert.Equal((blobs[0], blobs[1]), (changes[0].Old.Id, changes[0].New.Id));
    }

    [Fact]
    public async Task Missing_objects_are_named_after_all_others_were_given()
    {
        ObjectId[] ids = AddBlobs(10);
        _remote.Remove(ids[3]);
        using ObjectCache cache = new(_directory.Path);
        ObjectSource source = new(cache, null, _remote);
        List<GitObject> given = [];
        ObjectsMissingException e = await Assert.ThrowsAsync<ObjectsMissingException>(async () =>
        {
            await foreach (GitObject item in source.ReadManyAsync(ids, Token))
            {
                given.Add(item);
            }
        });
        Assert.Equal(9, given.Count);
        Assert.Equal([ids[3]], e.Ids);

        ObjectSource offline = new(cache, null, null, "the network is off");
        e = await Assert.ThrowsAsync<ObjectsMissingException>(async () => await offline.EnsureAsync(ids, Token));
        Assert.Equal([ids[3]], e.Ids);
        Assert.Contains("the network is off", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_damaged_on_the_way_are_asked_again_and_never_given()
    {
        ObjectId[] ids = AddBlobs(3);
        int sent = 0;
        _remote.OnSend = (id, envelope) => id == ids[1] && Interlocked.Increment(ref sent) == 1 ? Damage(envelope) : envelope;
        using ObjectCache cache = new(_directory.Path);
        Assert.Equal(3, (await ReadAsync(new ObjectSource(cache, null, _remote), ids)).Count);
        Assert.Equal(2, sent);
        Assert.Equal([BlobReadOptions.None, BlobReadOptions.Verify], _remote.BlobRequestOptions);

        ObjectId other = AddBlobs(4)[3];
        _remote.OnSend = (_, envelope) => Damage(envelope);
        ObjectsMissingException e = await Assert.ThrowsAsync<ObjectsMissingException>(async () => await new ObjectSource(cache, null, _remote).ReadAsync(other, Token));
        Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_does_not_stop_a_command()
    {
        ObjectId[] ids = AddBlobs(100);
        List<CacheWarning> warnings = [];
        using ObjectCache cache = new(_directory.Path, new ObjectCacheOptions { OnWarning = warnings.Add, BeforeWrite = _ => Errno.NoSpace.ThrowIfFailed("pwrite") });
        ObjectSource source = new(cache, null, _remote);
        await source.EnsureAsync(ids, Token);
        int asked = _remote.BlobRequests.Count;
        Assert.Equal(100, (await ReadAsync(source, ids)).Count);
        Assert.Equal(asked, _remote.BlobRequests.Count);
        Assert.Equal(CacheWarningKind.NoSpace, Assert.Single(warnings).Kind);
    }

    [Fact]
    public async Task A_consumer_that_leaves_early_ends_the_reading()
    {
        ObjectId[] ids = AddBlobs(3000);
        using ObjectCache cache = new(_directory.Path);
        ObjectSource source = new(cache, null, _remote);
        await foreach (GitObject item in source.ReadManyAsync(ids, Token))
        {
            Assert.NotEqual(ObjectId.Null, item.Id);
            break;
        }

        Assert.Equal(3000, (await ReadAsync(source, ids)).Count);
    }

    [Fact]
    public async Task Trees_come_in_one_question_and_haves_keep_it_small()
    {
        ObjectId blob = _remote.Add(ObjectKind.Blob, "x"u8.ToArray());
        ObjectId same = Tree((FileMode.Regular, "f", blob));
        ObjectId old = Tree((FileMode.Directory, "same", same), (FileMode.Regular, "g", blob));
        ObjectId changed = Tree((FileMode.Regular, "h", blob), (FileMode.Directory, "below", Tree((FileMode.Regular, "i", blob))));
        ObjectId fresh = Tree((FileMode.Directory, "same", same), (FileMode.Directory, "changed", changed));
        using ObjectCache cache = new(_directory.Path);
        ObjectSource source = new(cache, null, _remote);

        await source.EnsureTreesAsync([old], [], Token);
        await source.EnsureTreesAsync([old], [], Token);
        Assert.Single(_remote.TreeQueries);

        await source.EnsureTreesAsync([fresh], [old], Token);
        Assert.Equal([fresh], _remote.TreeQueries[1].Roots);
        Assert.Equal([old], _remote.TreeQueries[1].Haves);
        Assert.Equal(2, _remote.TreeQueries.Count);
        Assert.Empty(_remote.BlobRequests);
        ObjectSource offline = new(cache, null, null);
        await offline.EnsureTreesAsync([fresh, old], [], Token);

        ObjectId gone = Tree((FileMode.Directory, "nowhere", ObjectHasher.Hash(ObjectKind.Tree, "no"u8)));
        await Assert.ThrowsAsync<ObjectsMissingException>(async () => await source.EnsureTreesAsync([gone], [], Token));
        await Assert.ThrowsAsync<ObjectsMissingException>(async () => await offline.EnsureTreesAsync([gone], [], Token));
    }

    private static byte[] Damage(byte[] envelope)
    {
        byte[] bad = [.. envelope];
        bad[^1] ^= 1;
        return bad;
    }

    private static async Task<List<GitObject>> ReadAsync(ObjectSource source, IReadOnlyCollection<ObjectId> ids)
    {
        List<GitObject> all = [];
        await foreach (GitObject item in source.ReadManyAsync(ids, Token))
        {
            all.Add(item);
        }

        return all;
    }

    private ObjectId[] AddBlobs(int count) =>
        [.. Enumerable.Range(0, count).Select(i => _remote.Add(ObjectKind.Blob, System.Text.Encoding.ASCII.GetBytes($"blob {i}")))];

    private ObjectId Tree(params (FileMode Mode, string Name, ObjectId Id)[] entries) => _remote.Add(ObjectKind.Tree, TreeBody(entries));

    private static byte[] TreeBody(params (FileMode Mode, string Name, ObjectId Id)[] entries)
    {
        TreeBuilder builder = new();
        foreach ((FileMode mode, string name, ObjectId id) in entries)
        {
            builder.Add(mode, Encoding.ASCII.GetBytes(name), id);
        }

        return builder.Build();
    }
}
