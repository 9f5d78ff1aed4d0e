using System.Text;
using Monorepo.Import.Tests;
using Monorepo.Testing.Git;

namespace Monorepo.Admin.Tests;

/// <summary>What is imported from git and exported again is the same to git.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly SourceRepository _source = new();
    private readonly string _work = Directory.CreateTempSubdirectory("mr-export-").FullName;

    private string Data => Path.Combine(_work, "data");

    private string Target => Path.Combine(_work, "out.git");

    public void Dispose()
    {
        _source.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    [Fact]
    public async Task The_export_is_what_was_imported_and_then_takes_only_what_is_new()
    {
        _source.Commit("one", ("a", "1"), ("d/b", "2"), ("empty", ""), ("large", new string('x', 100_000)));
        _source.Git("checkout", "-q", "-b", "side");
        _source.Commit("two", ("d/c", "3"));
        _source.Git("checkout", "-q", "main");
        _source.Git("merge", "-q", "--no-ff", "-m", "merge", "side");
        _source.Git("tag", "-a", "-m", "note", "v1");
        _source.Git("tag", "-a", "-m", "of a tag", "v1-again", "v1");
        _source.Git("tag", "tree", "HEAD^{tree}");
        await ImportAsync(_source.Path);
        Assert.Contains("Exported app: 3 commits, 5 refs", (await ExportAsync()).Output, StringComparison.Ordinal);
        AssertSame(_source.Path);
        GitCommand.Run(Target, "fsck", "--strict");

        Assert.Contains("; 0 new objects", (await ExportAsync()).Output, StringComparison.Ordinal);
        _source.Commit("three", ("a", "4"));
        _source.Git("branch", "-D", "side");
        await ImportAsync(_source.Path);
        AdminRun second = await ExportAsync("--json");
        Assert.Contains("\"commits\":4,\"objects\":3,", second.Output, StringComparison.Ordinal);
        AssertSame(_source.Path);
    }

    [Theory]
    [InlineData("vfsforgit")]
    public async Task A_real_history_comes_back_out_unchanged(string name)
    {
        if (RepositoryRoot.Bundle(name) is not { } bundle)
        {
            Assert.Skip($"there is no {name}.bundle beside the repository");
            return;
        }

        string mirror = Path.Combine(_work, "mirror.git");
        GitCommand.Run(_work, "clone", "-q", "--mirror", bundle, mirror);
        await ImportAsync(bundle);
        await ExportAsync();
        AssertSame(mirror);
        GitCommand.Run(Target, "fsck");
    }

    [Fact]
    public async Task What_is_no_repository_is_left_alone()
    {
        _source.Commit("one", ("a", "1"));
        await ImportAsync(_source.Path);
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "mine"), "x");
        AdminRun run = await AdminRun.RunAsync("export", Target, "--repo", "app", "--data", Data);
        Assert.Equal(ExitCode.Conflict, run.Code);
        Assert.Equal(["mine"], Directory.GetFileSystemEntries(Target).Select(Path.GetFileName));
        Assert.Equal(ExitCode.NotFound, (await AdminRun.RunAsync("export", Target, "--repo", "other", "--data", Data)).Code);
    }

    private async Task ImportAsync(string source)
    {
        AdminRun run = await AdminRun.RunAsync("import", source, "--repo", "app", "--data", Data);
        Assert.True(run.Code == ExitCode.Success, run.Errors);
    }

    private async Task<AdminRun> ExportAsync(params string[] options)
    {
        AdminRun run = await AdminRun.RunAsync(["export", Target, "--repo", "app", "--data", Data, .. options]);
        Assert.True(run.Code == ExitCode.Success, run.Errors);
        return run;
    }

    private void AssertSame(string source)
    {
        foreach (string[] question in (string[][])[["for-each-ref", "--format=%(refname) %(objectname)"], ["rev-list", "--objects", "--all"], ["rev-parse", "HEAD"]])
            Assert.Equal(Ask(source, question), Ask(Target, question));
    }

    // The order in which git walks may follow its commit graph; the set is what counts.
    private static string[] Ask(string repository, string[] question) =>
        [.. Encoding.UTF8.GetString(GitCommand.Run(repository, question)).Split('\n').Order(StringComparer.Ordinal)];
}
