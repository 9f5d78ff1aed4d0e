using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Revisions;

namespace Monorepo.Workspace.Tests.Revisions;

public sealed class RevisionResolverTests(ClonedRepository shared) : IClassFixture<ClonedRepository>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("main")]
    [InlineData("refs/heads/main")]
    [InlineData("heads/main")]
    [InlineData("feature/one")]
    [InlineData("light")]
    [InlineData("v1")]
    [InlineData("v1^{}")]
    [InlineData("v1-signed")]
    [InlineData("v1-signed^{commit}")]
    [InlineData("v1-signed^{tree}")]
    [InlineData("v1^{tag}")]
    [InlineData("v1~2")]
    [InlineData("main^")]
    [InlineData("main^0")]
    [InlineData("main~")]
    [InlineData("main~3")]
    [InlineData("main~3^{tree}")]
    [InlineData("main^^~2^{commit}")]
    [InlineData("main:")]
    [InlineData("main:dir")]
    [InlineData("main:dir/sub")]
    [InlineData("v1:dir")]
    public async Task Resolves_as_git_does(string revision)
    {
        RevisionResult result = await Resolver().ResolveAsync(revision, Token);
        Assert.Equal(RevisionError.None, result.Error);
        Assert.Equal(shared.Git.Line("rev-parse", revision), result.Id.ToString());
        Assert.Equal(shared.Git.Line("cat-file", "-t", revision), result.Kind.ToName());
    }

    [Fact]
    public async Task Every_parent_of_a_merge_can_be_named()
    {
        string merge = shared.Git.Lines("rev-list", "--min-parents=3", "main")[0];
        for (int parent = 1; parent <= 3; parent++)
        {
            RevisionResult result = await Resolver().ResolveAsync($"{merge[..12]}^{parent}", Token);
            Assert.Equal(shared.Git.Line("rev-parse", $"{merge}^{parent}"), result.Id.ToString());
        }

        Assert.Equal(RevisionError.NoSuchParent, (await Resolver().ResolveAsync($"{merge}^99", Token)).Error);
    }

    [Theory]
    [InlineData("", RevisionError.BadSyntax)]
    [InlineData("main^{", RevisionError.BadSyntax)]
    [InlineData("main^{bogus}", RevisionError.BadSyntax)]
    [InlineData("main~1x", RevisionError.BadSyntax)]
    [InlineData("main~99999999999", RevisionError.BadSyntax)]
    [InlineData("mian", RevisionError.Unknown)]
    [InlineData("0123456789012345678901234567890123456789", RevisionError.Unknown)]
    [InlineData("main~100000", RevisionError.NoSuchParent)]
    [InlineData("main^{tag}", RevisionError.WrongKind)]
    [InlineData("main^{blob}", RevisionError.WrongKind)]
    [InlineData("main:no/such", RevisionError.NoSuchPath)]
    public async Task Says_why_a_revision_names_nothing(string revision, RevisionError error)
    {
        RevisionResult result = await Resolver().ResolveAsync(revision, Token);
        Assert.Equal(error, result.Error);
        Assert.NotEqual("", result.Message);
        Assert.True(result.Id.IsNull);
    }

    [Fact]
    public async Task Suggests_similar_names()
    {
        Assert.Equal("main", (await Resolver().ResolveAsync("mian", Token)).Suggestions[0]);
        Assert.Equal("feature/one", (await Resolver().ResolveAsync("feature/oen", Token)).Suggestions[0]);
        Assert.Empty((await Resolver().ResolveAsync("nothing-like-any", Token)).Suggestions);
    }

    [Fact]
    public async Task An_abbreviation_of_several_commits_is_ambiguous()
    {
        // Commits are made until two ids share four digits.
        FakeRemote remote = new() { CommitsPerSegment = 1000 };
        Dictionary<string, string> seen = new(StringComparer.Ordinal);
        string? prefix = null;
        for (int i = 0; prefix is null; i++)
        {
            byte[] body = System.Text.Encoding.ASCII.GetBytes($"tree {new string('0', 40)}\nauthor a <a> {i} +0000\ncommitter a <a> {i} +0000\n\n{i}\n");
            remote.Commits.Add(body);
            string hex = ObjectHasher.Hash(ObjectKind.Commit, body).ToString();
            prefix = seen.TryAdd(hex[..4], hex) ? null : hex[..4];
        }

        using TempDirectory directory = new();
        using Clone clone = await Clone.CreateAsync(remote, directory.File("c"), null, Token);
        RevisionResult result = await clone.CreateResolver(shared.Objects).ResolveAsync(prefix, Token);
        Assert.Equal(RevisionError.Ambiguous, result.Error);
        Assert.Equal(2, result.Candidates.Count);
        Assert.All(result.Candidates, c => Assert.StartsWith(prefix, c.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Before_the_first_checkout_head_is_its_branchs_tip()
    {
        Assert.Null(shared.Clone.Head.Commit);
        Assert.Equal(shared.Git.Line("rev-parse", "main~1"), (await Resolver().ResolveAsync("HEAD~1", Token)).Id.ToString());
        RevisionResolver unborn = new(shared.Clone.History, shared.Clone.Refs, new HeadState(RefName.Parse("refs/heads/later"), null), shared.Objects);
        Assert.Equal(RevisionError.UnbornHead, (await unborn.ResolveAsync("@", Token)).Error);
    }

    [Fact]
    public async Task Head_is_what_is_checked_out()
    {
        ObjectId commit = ObjectId.Parse(shared.Git.Line("rev-parse", "main~4"));
        RevisionResolver resolver = new(shared.Clone.History, shared.Clone.Refs, new HeadState(null, commit), shared.Objects);
        Assert.Equal(commit, (await resolver.ResolveAsync("HEAD", Token)).Id);
        Assert.Equal(shared.Git.Line("rev-parse", "main~5"), (await resolver.ResolveAsync("@~", Token)).Id.ToString());
        RevisionRange range = await resolver.ResolveRangeAsync("..main", Token);
        Assert.Null(range.Failure);
        Assert.Equal(commit, range.Left!.Id);
        Assert.False(range.IsSymmetric);
        Assert.True((await resolver.ResolveRangeAsync("v1...main", Token)).IsSymmetric);
        Assert.Null((await resolver.ResolveRangeAsync("main", Token)).Left);
        Assert.Equal(RevisionError.Unknown, (await resolver.ResolveRangeAsync("main..mian", Token)).Failure!.Error);
    }

    private RevisionResolver Resolver() => shared.Clone.CreateResolver(shared.Objects);
}
