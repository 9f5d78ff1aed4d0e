using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Monorepo.Core;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Formats.Objects;
using Monorepo.Memcached;
using Monorepo.Testing.Processes;

namespace Monorepo.EndToEnd.Tests.Failures;

/// <summary>What a user has of edges, and sees of it when they, memcached or the history server go away.</summary>
[Collection(nameof(OddHistory))]
public sealed class ThroughEdges(OddHistory history) : IAsyncLifetime
{
    private readonly User _user = new();
    private readonly string _data = history.Scratch(Guid.NewGuid().ToString("n"));
    private MemcachedServer _memcached = null!;
    private MonorepoServer _server = null!;
    private EdgeServer _edge = null!;

    private string Tree => history.Git.Text("rev-parse", "HEAD^{tree}").Trim();

    private string EdgeUrl => _edge.Address.GetLeftPart(UriPartial.Authority);

    public async ValueTask InitializeAsync()
    {
        await ServedHistory.ImportAsync(history.Git, _data);
        _memcached = await MemcachedServer.StartAsync();
        _server = await MonorepoServer.StartAsync(_data);
        _edge = await EdgeServer.StartAsync(_server.Address, "--memcached", $"{_memcached.Host}:{_memcached.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        await _server.DisposeAsync();
        await _memcached.DisposeAsync();
        _user.Dispose();
    }

    [Fact]
    public async Task A_checkout_works_byte_for_byte_while_the_history_server_is_dead()
    {
        string first = _user.PathTo("first");
        ProgramResult warm = (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), first, "--blobs", EdgeUrl, "--stats")).Succeeds();
        Assert.Contains($"@{_edge.Address.Authority}", warm.Stats.By, StringComparison.Ordinal);
        Assert.Equal(Tree, history.Git.TreeOf(first));
        string second = _user.PathTo("second");
        (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), second, "--blobs", EdgeUrl, "--no-checkout")).Succeeds();

        await _server.KillAsync();
        await _edge.SaysAsync("degraded");
        _user.DropCache();
        ProgramResult checkout = (await _user.RunInAsync(second, "checkout", "main", "--stats")).Succeeds();

        Assert.Contains($"@{_edge.Address.Authority}", checkout.Stats.By, StringComparison.Ordinal);
        Assert.Equal(Tree, history.Git.TreeOf(second));
        Assert.Empty((await _user.RunInAsync(second, "status", "--porcelain")).Succeeds().Output);
    }

    [Fact]
    public async Task A_server_that_names_its_edges_is_left_alone_by_clones()
    {
        await _server.KillAsync();
        await _server.RestartAsync("--edges", EdgeUrl);
        await _edge.SaysAsync("ok");
        string copy = _user.PathTo("copy");
        ProgramResult clone = (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), copy, "--stats")).Succeeds();
        Assert.Contains($"@{_edge.Address.Authority}", clone.Stats.By, StringComparison.Ordinal);
        Assert.Equal(Tree, history.Git.TreeOf(copy));
    }

    [Fact]
    public async Task Edges_that_are_closed_stopped_and_killed_are_passed_over_and_remembered()
    {
        using TcpListener closed = new(IPAddress.Loopback, 0);
        closed.Start();
        string nobody = $"http://{closed.LocalEndpoint}";
        closed.Stop();
        string copy = _user.PathTo("copy");
        ProgramResult clone = (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), copy, "--blobs", $"{nobody},{EdgeUrl}", "--stats")).Succeeds();
        Assert.Contains($"@{_edge.Address.Authority}", clone.Stats.By, StringComparison.Ordinal);
        Assert.Contains(new Uri(nobody).Authority, clone.Errors, StringComparison.Ordinal);
        Assert.Equal(Tree, history.Git.TreeOf(copy));
        string remembered = await File.ReadAllTextAsync(Path.Combine(_user.Cache, "servers-down"), TestContext.Current.CancellationToken);
        Assert.Contains(nobody, remembered, StringComparison.Ordinal);
        Assert.DoesNotContain(EdgeUrl, remembered, StringComparison.Ordinal);

        await _edge.SignalAsync("STOP");
        string second = _user.PathTo("second");
        _user.DropCache();
        ProgramResult stopped = (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), second, "--blobs", EdgeUrl, "--stats")).Succeeds();
        Assert.DoesNotContain("@", stopped.Stats.By, StringComparison.Ordinal);
        Assert.Equal(Tree, history.Git.TreeOf(second));

        await _edge.SignalAsync("KILL");
        string third = _user.PathTo("third");
        _user.DropCache();
        (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), third, "--blobs", EdgeUrl, "--stats")).Succeeds();
        Assert.Equal(Tree, history.Git.TreeOf(third));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_poisoned_memcached_costs_a_second_question_and_no_wrong_byte(bool overGrpc)
    {
        if (overGrpc)
            _user.UseGrpcOnly();
        // With a hot set it would not ask memcached again.
        await using EdgeServer edge = await EdgeServer.StartAsync(_server.Address, "--memcached", $"{_memcached.Host}:{_memcached.Port}", "--hot-set", "off");
        string edgeUrl = edge.Address.GetLeftPart(UriPartial.Authority);
        string first = _user.PathTo("first");
        (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), first, "--blobs", edgeUrl)).Succeeds();
        string[] blobs = [.. history.Git.Text("ls-tree", "-r", "--object-only", "HEAD").Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
        using MemcachedClient vandal = new(new MemcachedOptions { Nodes = [new MemcachedEndpoint(_memcached.Host, _memcached.Port)], OperationTimeout = TimeSpan.FromSeconds(20) });
        byte[] wrong = ObjectEnvelope.Seal(ObjectKind.Blob, "not what you asked for"u8);
        foreach (string blob in blobs)
            Assert.Equal(StoreOutcome.Stored, await vandal.SetAsync(KeyOf(ObjectId.Parse(blob)), wrong, cancellationToken: TestContext.Current.CancellationToken));

        _user.DropCache();
        string second = _user.PathTo("second");
        (await _user.RunAsync("clone", _server.UrlOf(ServedHistory.Name), second, "--blobs", edgeUrl)).Succeeds();
        Assert.Equal(Tree, history.Git.TreeOf(second));
        Assert.Contains("[1035]", edge.Errors, StringComparison.Ordinal);
        foreach (string blob in blobs)
            Assert.False((await vandal.GetAsync(KeyOf(ObjectId.Parse(blob)), TestContext.Current.CancellationToken)).Bytes.Span.SequenceEqual(wrong), blob);
    }

    /// <summary>An envelope's key as server/BlobPlane/Caching/EnvelopeKey.cs describes it.</summary>
    private static byte[] KeyOf(ObjectId id) =>
        [(byte)'e', 1, .. SHA256.HashData(Encoding.ASCII.GetBytes(ServedHistory.Name))[..16], .. id.AsSpan()];
}
