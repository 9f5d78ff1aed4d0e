using System.Net;
using System.Net.Sockets;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Tests.Remote;

/// <summary>The client between two servers that have the same repository: one plays the edge, one the history server.</summary>
public sealed class EdgeServersTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private readonly GitRepository _git = new(seed: 5, commits: 20);
    private KestrelServer _history = null!;
    private KestrelServer _edge = null!;
    private ObjectCache _cache = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string EdgeName => $"grpc@{_edge.Url.Server.Authority}";

    public async ValueTask InitializeAsync()
    {
        _history = await KestrelServer.StartAsync(_git);
        _edge = await KestrelServer.StartAsync(_git);
        _cache = new ObjectCache(_directory.File("cache"));
    }

    public async ValueTask DisposeAsync()
    {
        await _history.DisposeAsync();
        await _edge.DisposeAsync();
        _cache.Dispose();
        _git.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Contents_and_trees_come_from_the_edge_and_the_history_server_may_be_dead()
    {
        await using RemoteRepository remote = new(_history.Url with { Server = Nobody() }, new RemoteOptions { Edges = [_edge.Url.Server] });
        await FetchAllAsync(remote);
        FetchReport report = remote.Stats.Snapshot();
        Assert.Equal([EdgeName], report[FetchKind.Contents].Transports);
        Assert.Empty(report.Fallbacks);
    }

    [Fact]
    public async Task An_offer_names_edges()
    {
        BlobOffer offer = new() { Endpoints = { new BlobEndpoint { Transport = "edge", Host = _edge.Url.Server.Host, Port = (uint)_edge.Url.Server.Port } } };
        await using RemoteRepository remote = new(_history.Url with { Server = Nobody() }, new RemoteOptions { KnownOffer = offer });
        await FetchAllAsync(remote);
        Assert.Equal([EdgeName], remote.Stats.Snapshot()[FetchKind.Contents].Transports);
    }

    [Fact]
    public async Task Who_is_down_is_passed_over_and_not_asked_again_at_once()
    {
        Uri nobody = Nobody();
        ServerHealth health = new(null, TimeProvider.System);
        await using RemoteRepository remote = new(_history.Url, new RemoteOptions { Edges = [nobody, _edge.Url.Server], Health = health });
        await FetchAllAsync(remote);
        FetchReport report = remote.Stats.Snapshot();
        Assert.Equal([EdgeName], report[FetchKind.Contents].Transports);
        Assert.NotEmpty(report.Fallbacks);
        Assert.All(report.Fallbacks, f => Assert.StartsWith(nobody.Authority, f, StringComparison.Ordinal));
        Assert.False(health.IsDown(_edge.Url.Server));
    }

    [Fact]
    public async Task Without_any_edge_the_history_server_answers()
    {
        await using RemoteRepository remote = new(_history.Url, new RemoteOptions { Edges = [Nobody(), Nobody()] });
        await FetchAllAsync(remote);
        Assert.Equal(["grpc"], remote.Stats.Snapshot()[FetchKind.Contents].Transports);
    }

    [Fact]
    public async Task A_repository_that_the_edge_does_not_know_comes_from_the_history_server()
    {
        // The edge plays one that serves another repository's history.
        ObjectId[] blobs = Blobs();
        await using RemoteRepository remote = new(_history.Url, new RemoteOptions { Edges = [_edge.Url.Server] });
        BlobTransportException e = await Assert.ThrowsAsync<BlobTransportException>(async () => await remote.Blobs.GetAsync(RepositoryName.Parse("nobody/has"), blobs, Token));
        Assert.Equal(BlobTransportError.UnknownRepository, e.Error);
        using BlobReply reply = await remote.Blobs.GetAsync(remote.Url.Name, blobs, Token);
        Assert.Equal(BlobOutcome.Found, reply.OutcomeAt(0));
    }

    [Fact]
    public async Task When_all_are_down_each_is_tried_and_the_failure_is_the_history_servers()
    {
        Uri history = Nobody(), edge = Nobody();
        await using RemoteRepository remote = new(_history.Url with { Server = history }, new RemoteOptions { Edges = [edge] });
        for (int round = 0; round < 2; round++)
        {
            BlobTransportException e = await Assert.ThrowsAsync<BlobTransportException>(async () => await remote.Blobs.GetAsync(remote.Url.Name, Blobs(), Token));
            Assert.Equal(BlobTransportError.Unreachable, e.Error);
        }

        Assert.Equal(2, remote.Stats.Snapshot().Fallbacks.Count(f => f.StartsWith(edge.Authority, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("http://a:1", true)]
    [InlineData("https://a", true)]
    [InlineData("http://[::1]:5/", true)]
    [InlineData("http://a:1/name", false)]
    [InlineData("ftp://a:1", false)]
    [InlineData("a:1", false)]
    [InlineData("http://u@a:1", false)]
    [InlineData("http://a:1?q", false)]
    [InlineData("", false)]
    public void An_edges_address_has_no_path(string text, bool isOne) => Assert.Equal(isOne, EdgeAddress.TryParse(text) is not null);

    private async Task FetchAllAsync(RemoteRepository remote)
    {
        ObjectSource objects = new(_cache, null, remote);
        ObjectId root = ObjectId.Parse(_git.Line("rev-parse", "main^{tree}"));
        await objects.EnsureTreesAsync([root], [], Token);
        ObjectId[] blobs = Blobs();
        await objects.EnsureAsync(blobs, Token);
        ObjectSource offline = new(_cache, null, null);
        foreach (ObjectId id in blobs.Append(root))
            Assert.Equal(id, (await offline.ReadAsync(id, Token)).Id);
    }

    private ObjectId[] Blobs() => [.. _git.Lines("ls-tree", "-r", "--object-only", "main").Select(h => ObjectId.Parse(h)).Distinct()];

    /// <summary>An address on which nobody listens.</summary>
    private static Uri Nobody()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{listener.LocalEndpoint}");
    }
}
