using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Tests.Checkout;
using Monorepo.Workspace.Tests.Commits;
using Monorepo.Workspace.Verification;

namespace Monorepo.Workspace.Tests.Verification;

/// <summary>What is whole is called so; a byte that was changed anywhere is found.</summary>
public sealed class CloneVerifierTests : IAsyncLifetime
{
    private const int Seed = 11;

    private CommittingClone _clone = null!;

    private ClonePaths Paths => _clone.Clone.Paths;

    private CloneVerifier Verifier => new(Paths);

    public async ValueTask InitializeAsync()
    {
        RandomTrees trees = new(new Random(Seed), commits: 8, filesMax: 30, textNames: true);
        _clone = await CommittingClone.CreateAsync(trees);
        File.WriteAllText(Path.Combine(_clone.Top, "mine"), "mine\n");
        await _clone.CommitAsync("mine", [Encoding.UTF8.GetBytes("mine")]);
    }

    public ValueTask DisposeAsync()
    {
        _clone.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_whole_clone_is_whole()
    {
        foreach (PartReport report in All())
        {
            Assert.True(report.IsWhole, string.Join('\n', report.Damages.Select(d => d.Message)));
            Assert.True(report.Checked > 0, $"Nothing was looked at in {report.Part}.");
        }
    }

    [Theory]
    [InlineData("history/pieces")]
    [InlineData("history/graph")]
    [InlineData("history/state")]
    [InlineData("refs")]
    [InlineData("local/journal")]
    [InlineData("local/objects")]
    [InlineData("dirstate")]
    public void A_changed_byte_is_found(string name)
    {
        string path = name == "local/objects" ? Directory.GetFiles(Paths.Local, "objects-*").Single()
            : name == "history/pieces" ? Directory.GetFiles(Paths.History).Single(f => Path.GetFileName(f) is var n && (n.StartsWith("tail-", StringComparison.Ordinal) || n == "segments") && new FileInfo(f).Length > 0)
            : Path.Combine(Paths.State, name);
        byte[] whole = File.ReadAllBytes(path);
        Random random = new(Seed);
        List<int> missed = [];
        for (int round = 0; round < 20; round++)
        {
            byte[] damaged = [.. whole];
            int at = random.Next(damaged.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, damaged);
            if (All().All(r => r.IsWhole))
            {
                missed.Add(at);
            }
        }

        File.WriteAllBytes(path, whole);
        Assert.All(All(), r => Assert.True(r.IsWhole));

        // Bytes that mean nothing (zeros that fill up, the rest behind the last batch) may differ.
        Assert.True(missed.Count <= 2, $"seed {Seed}: changed and not found in {name}: {string.Join(", ", missed)} of {whole.Length} bytes");
    }

    [Theory]
    [InlineData("history/graph", CloneVerifier.History)]
    [InlineData("refs", CloneVerifier.Refs)]
    [InlineData("dirstate", CloneVerifier.Dirstate)]
    [InlineData("local/journal", CloneVerifier.LocalCommits)]
    public void A_file_of_rubbish_is_told_as_a_damage_of_its_part_with_a_fix(string name, string part)
    {
        File.WriteAllBytes(Path.Combine(Paths.State, name), Encoding.ASCII.GetBytes("rubbish"));
        PartReport report = All().Single(r => r.Part == part);
        Assert.False(report.IsWhole);
        Assert.All(report.Damages, d => Assert.NotEqual("", d.Fix));
    }

    [Fact]
    public void A_damaged_cached_object_is_found_and_withdrawn()
    {
        string pack = Directory.GetFiles(_clone.Cache.DirectoryPath, "*.pack").Single();
        byte[] bytes = File.ReadAllBytes(pack);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(pack, bytes);
        PartReport report = CloneVerifier.CheckCache(_clone.Cache, [], null, TestContext.Current.CancellationToken);
        Assert.Equal(1, report.DamageCount);
        PartReport again = CloneVerifier.CheckCache(_clone.Cache, [], null, TestContext.Current.CancellationToken);
        Assert.True(again.IsWhole);
        Assert.Equal(report.Checked - 1, again.Checked);
    }

    [Fact]
    public void A_branch_that_names_nothing_is_found()
    {
        using (CloneLock held = CloneLock.Take(Paths))
        {
            _clone.Clone.SetServerRefs([new RefMove(RefName.Parse("refs/heads/lost"), null, ObjectHasher.Hash(ObjectKind.Commit, "x"u8))]);
        }

        Damage damage = Assert.Single(Verifier.CheckRefs().Damages);
        Assert.Contains("refs/heads/lost", damage.Message, StringComparison.Ordinal);
    }

    private List<PartReport> All()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        return [Verifier.CheckHistory(null, cancellationToken), Verifier.CheckRefs(), Verifier.CheckLocal(cancellationToken), Verifier.CheckDirstate(cancellationToken)];
    }
}
