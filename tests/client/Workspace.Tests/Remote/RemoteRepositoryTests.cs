using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Trees;

namespace Monorepo.Workspace.Tests.Remote;

/// <summary>The client against the server's own services over real HTTP/2.</summary>
public sealed class RemoteRepositoryTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private readonly GitRepository _git = new(seed: 3, commits: 60);
    private KestrelServer _server = null!;
    private ObjectCache _cache = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await KestrelServer.StartAsync(_git);
        _cache = new ObjectCache(_directory.File("cache"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _cache.Dispose();
        _git.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_clone_and_a_checkouts_contents_take_few_round_trips()
    {
        await using RemoteRepository remote = new(_server.Url);
        using Clone clone = await Clone.CreateAsync(remote, _directory.File("clone"), null, Token);
        Assert.Equal(60, clone.History.Count);
        Assert.Equal(_git.Lines("for-each-ref", "--format=%(refname)"), clone.Refs.List().Select(r => r.Name.Value));
        Assert.Equal(1, remote.Stats.Snapshot().RoundTrips);

        ObjectSource objects = new(_cache, clone.History, remote);
        RevisionResult main = await clone.CreateResolver(objects).ResolveAsync("main^{tree}", Token);
        List<TreeItem> files = [];
        await foreach (TreeItem item in new TreeWalker(objects).ListAsync(main.Id, cancellationToken: Token))
        {
            files.Add(item);
        }

        Assert.Equal(_git.Lines("ls-tree", "-r", "main").Length, files.Count);
        await objects.EnsureAsync([.. files.Select(f => f.Id)], Token);
        FetchReport report = remote.Stats.Snapshot();
        Assert.Equal(3, report.RoundTrips);
        Assert.Equal(["grpc"], report.Transports);
        Assert.Empty(report.Fallbacks);
        Assert.True((await clone.PullAsync(remote, null, Token)).IsUpToDate);

        ObjectSource offline = new(_cache, clone.History, null);
        foreach (TreeItem file in files)
        {
            Assert.Equal(file.Id, (await offline.ReadAsync(file.Id, Token)).Id);
        }
    }

    [Fact]
    public async Task A_comparison_takes_one_round_trip_and_only_what_differs()
    {
        await using RemoteRepository remote = new(_server.Url);
        using Clone clone = await Clone.CreateAsync(remote, _directory.File("clone"), null, Token);
        (string Left, string Right)[] pairs = [("main~9", "main"), ("main~1", "main"), ("release", "feature/one"), ("main", "main")];
        foreach ((string left, string right) in pairs)
        {
            using TempDirectory cold = new();
            using ObjectCache cache = new(cold.File("cache"));
            ObjectSource objects = new(cache, clone.History, remote);
            RevisionResolver resolver = clone.CreateResolver(objects);
            ObjectId from = (await resolver.ResolveAsync(left + "^{tree}", Token)).Id;
            ObjectId to = (await resolver.ResolveAsync(right + "^{tree}", Token)).Id;
            FetchReport before = remote.Stats.Snapshot();
            IReadOnlyList<TreeChange> changes = await TreeDiff.CompareAsync(objects, from, to, Token);
            FetchReport after = remote.Stats.Snapshot();
            Assert.Equal(from == to ? 0 : 1, after.RoundTrips - before.RoundTrips);
            Assert.Equal(_git.Lines("diff", "--name-only", "--no-renames", left, right).Length, changes.Count);

            // Each changed directory on each side, and no other.
            Assert.Equal(ChangedTrees(left, right), after.Objects - before.Objects);
            await TreeDiff.CompareAsync(objects, from, to, Token);
            await TreeDiff.CompareAsync(new ObjectSource(cache, clone.History, null), from, to, Token);
            Assert.Equal(after.RoundTrips, remote.Stats.Snapshot().RoundTrips);
        }

        long ChangedTrees(string left, string right) => left == right ? 0 : _git.Lines("diff-tree", "-r", "-t", "--no-renames", left, right)
            .Select(l => l[1..].Split(' ', '\t'))
            .SelectMany(p => (string[])[p[0] == "040000" ? p[2] : "", p[1] == "040000" ? p[3] : ""])
            .Append(_git.Line("rev-parse", left + "^{tree}")).Append(_git.Line("rev-parse", right + "^{tree}"))
            .Where(id => id.Length > 0).Distinct(StringComparer.Ordinal).LongCount();
    }

    [Fact]
    public async Task Every_other_question_has_its_answer()
    {
        await using RemoteRepository remote = new(_server.Url);
        ListRefsResponse refs = await remote.ListRefsAsync(Token);
        Assert.Equal("refs/heads/main", refs.DefaultBranch);
        ObjectId main = ObjectId.Parse(_git.Line("rev-parse", "main"));
        IReadOnlyList<ObjectInfo> infos = await remote.GetObjectInfoAsync([main, ObjectId.Null], Token);
        Assert.Equal([(uint)ObjectKind.Commit, 0u], infos.Select(i => i.Kind));
        Assert.Equal(_git.Line("cat-file", "-s", "main"), infos[0].Size.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task An_unknown_repository_is_not_found()
    {
        await using RemoteRepository remote = new(_server.Url with { Name = RepositoryName.Parse("nobody/has") });
        Assert.Equal(RemoteError.NotFound, (await Assert.ThrowsAsync<RemoteException>(() => Clone.CreateAsync(remote, _directory.File("clone"), null, Token))).Error);
        BlobTransportException e = await Assert.ThrowsAsync<BlobTransportException>(async () => await remote.Blobs.GetAsync(remote.Url.Name, new[] { ObjectId.Null }, Token));
        Assert.Equal(BlobTransportError.UnknownRepository, e.Error);
    }

    [Fact]
    public async Task Contents_by_grpc_are_what_the_blob_plane_promises()
    {
        await using RemoteRepository remote = new(_server.Url);
        ObjectId blob = ObjectId.Parse(_git.Lines("ls-tree", "-r", "--object-only", "main")[0]);
        using BlobReply reply = await remote.Blobs.GetAsync(remote.Url.Name, new[] { blob, ObjectId.Null, blob }, Token);
        Assert.Equal([BlobOutcome.Found, BlobOutcome.Missing, BlobOutcome.Found], ((int[])[0, 1, 2]).Select(reply.OutcomeAt));
        Assert.Equal(reply.EnvelopeAt(0).ToArray(), reply.EnvelopeAt(2).ToArray());
        using BlobReply none = await remote.Blobs.GetAsync(remote.Url.Name, default, Token);
        Assert.Equal(0, none.Count);
    }

    [Fact]
    public async Task A_faster_way_is_taken_and_left_when_it_fails_in_the_middle()
    {
        _server.Offer.Endpoints.Add(new BlobEndpoint { Transport = "unknown" });
        _server.Offer.Endpoints.Add(new BlobEndpoint { Transport = "flaky" });
        FlakyFactory factory = new(_server);
        await using RemoteRepository remote = new(_server.Url, new RemoteOptions { TransportFactory = factory });
        ObjectSource objects = new(_cache, null, remote);
        ObjectId[] blobs = [.. _git.Lines("ls-tree", "-r", "--object-only", "main").Select(h => ObjectId.Parse(h)).Distinct()];

        await objects.EnsureAsync(blobs[..1], Token);
        Assert.Equal(["flaky"], remote.Stats.Snapshot().Transports);
        factory.IsBroken = true;
        await objects.EnsureAsync(blobs, Token);

        FetchReport report = remote.Stats.Snapshot();
        Assert.Equal(["flaky", "grpc"], report.Transports);
        Assert.Equal(2, report.Fallbacks.Count);
        Assert.Contains("unknown", report.Fallbacks[0], StringComparison.Ordinal);
        Assert.Contains("PeerLost", report.Fallbacks[1], StringComparison.Ordinal);
        Assert.Equal(blobs.Length, report.Objects);
    }

    [Theory]
    [InlineData("http://host:8080/name", "http://host:8080", "name")]
    [InlineData("https://host/a/b/", "https://host", "a/b")]
    [InlineData("http://[::1]:5/x", "http://[::1]:5", "x")]
    public void Addresses_are_read(string text, string server, string name)
    {
        RepositoryUrl url = RepositoryUrl.Parse(text);
        Assert.Equal((new Uri(server), name), (url.Server, url.Name.Value));
        Assert.Equal(url, RepositoryUrl.Parse(url.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("host/name")]
    [InlineData("ftp://host/name")]
    [InlineData("http://host")]
    [InlineData("http://host/a//b")]
    [InlineData("http://user@host/name")]
    [InlineData("http://host/name?query")]
    public void What_is_no_address_is_refused(string text) => Assert.Throws<FormatException>(() => RepositoryUrl.Parse(text));

    /// <summary>Knows "flaky": the server's own store, until it is broken.</summary>
    private sealed class FlakyFactory(IBlobSource source) : IBlobTransportFactory, IBlobTransport
    {
        public bool IsBroken { get; set; }

        public string Name => "flaky";

        public IBlobTransport? TryCreate(BlobAddress endpoint, out string? reason)
        {
            reason = endpoint.Transport == "flaky" ? null : $"nobody knows '{endpoint.Transport}'";
            return reason is null ? this : null;
        }

        public async ValueTask<BlobReply> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
        {
            if (IsBroken)
            {
                throw new BlobTransportException(BlobTransportError.PeerLost, "gone");
            }

            BlobBatch batch = await source.GetAsync(repository, ids, options, cancellationToken);
            return new BlobReply(batch.Entries, batch);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
