using System.Text.Json;
using Monorepo.Core;
using Monorepo.Import.Tests;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Admin.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly SourceRepository _source = new();

    public void Dispose() => _source.Dispose();

    private string Data => _source.Beside("data");

    [Fact]
    public async Task Imports_into_a_data_directory_and_lists_it()
    {
        _source.Commit("one", ("a", "1"));
        AdminRun first = await AdminRun.RunAsync("import", _source.Path, "--repo", "team/app", "--data", Data);
        Assert.Equal(ExitCode.Success, first.Code);
        Assert.Contains("Imported 1 commits, 3 objects", first.Output, StringComparison.Ordinal);
        Assert.Contains("refs: 1 created, 0 unchanged", first.Output, StringComparison.Ordinal);
        AdminRun again = await AdminRun.RunAsync("import", _source.Path, "--repo", "team/app", "--data", Data);
        Assert.Equal("team/app is up to date: 1 refs", again.Output.Trim());
        AdminRun listed = await AdminRun.RunAsync("repos", "--data", Data, "--json");
        Assert.Equal("""[{"name":"team/app","commits":1,"refs":1}]""", listed.Output.Trim());
        Assert.Contains("1 commits", (await AdminRun.RunAsync("repos", "--data", Data)).Output, StringComparison.Ordinal);
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Data });
        await ImportAssert.SameAsync(_source.Path, await engine.CreateAsync(RepositoryName.Parse("team/app"), default));
    }

    [Fact]
    public async Task The_JSON_result_names_every_changed_ref()
    {
        string first = _source.Commit("one", ("a", "1"));
        await AdminRun.RunAsync("import", _source.Path, "--repo", "app", "--data", Data);
        string second = _source.Commit("two", ("a", "2"));
        AdminRun run = await AdminRun.RunAsync("import", _source.Path, "--repo", "app", "--data", Data, "--json");
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        JsonElement changed = Assert.Single(result.GetProperty("refs").EnumerateArray());
        Assert.Equal(
            ("refs/heads/main", "moved", first, second, 1),
            (changed.GetProperty("name").GetString(), changed.GetProperty("change").GetString(), changed.GetProperty("before").GetString(),
                changed.GetProperty("after").GetString(), result.GetProperty("commits").GetInt32()));
    }

    [Fact]
    public async Task Data_that_is_in_use_is_refused_with_the_way_out()
    {
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Data });
        AdminRun run = await AdminRun.RunAsync("import", _source.Path, "--repo", "app", "--data", Data);
        Assert.Equal(ExitCode.Conflict, run.Code);
        Assert.Contains("--server", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compacting_makes_the_store_smaller_and_loses_nothing()
    {
        for (int i = 0; i < 20; i++)
        {
            _source.Commit($"commit {i}", ("a", string.Join('\n', Enumerable.Range(i, 1_000))), ("d/b", $"{i}"));
            await AdminRun.RunAsync("import", _source.Path, "--repo", "app", "--data", Data);
        }

        AdminRun run = await AdminRun.RunAsync("compact", "--data", Data, "--json");
        Assert.Equal(ExitCode.Success, run.Code);
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.InRange(result.GetProperty("bytesAfter").GetInt64(), 1, long.MaxValue);
        Assert.InRange(result.GetProperty("clustersMade").GetInt64(), 1, result.GetProperty("clustersFolded").GetInt64() / 2);

        // 20 versions of 3.9 kB, each of which alone compresses to 1.5.
        JsonElement clusters = Assert.Single(result.GetProperty("columnFamilies").EnumerateArray(), static f => f.GetProperty("name").GetString() == "clusters");
        Assert.InRange(clusters.GetProperty("tableBytes").GetInt64(), 1, 15_000);
        Assert.Contains("compacting app", run.Errors, StringComparison.Ordinal);
        AdminRun again = await AdminRun.RunAsync("compact", "--data", Data, "--repo", "app");
        Assert.Contains("0 small clusters", again.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await AdminRun.RunAsync("compact", "--data", Data, "--repo", "absent")).Code);
        await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = Data });
        await ImportAssert.SameAsync(_source.Path, await engine.CreateAsync(RepositoryName.Parse("app"), default));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "compact")]
    [InlineData(ExitCode.NotFound, "compact", "--data", "absent")]
    [InlineData(ExitCode.Usage, "import", "x", "--repo", "app")]
    [InlineData(ExitCode.Usage, "import", "x", "--data", "d", "--repo", "-bad-")]
    [InlineData(ExitCode.Usage, "import", "x", "--data", "d", "--server", "http://h", "--repo", "app")]
    [InlineData(ExitCode.Usage, "repos", "--server", "ftp://h")]
    [InlineData(ExitCode.Usage, "nonsense")]
    [InlineData(ExitCode.NotFound, "repos", "--data", "absent")]
    [InlineData(ExitCode.Unavailable, "repos", "--server", "http://127.0.0.1:1")]
    public async Task Failures_have_their_exit_code_a_message_and_a_hint(ExitCode expected, params string[] arguments)
    {
        AdminRun run = await AdminRun.RunAsync(arguments);
        Assert.Equal(expected, run.Code);
        Assert.StartsWith("mr-admin: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("hint: ", run.Errors, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task A_source_that_is_not_there_has_its_exit_code()
    {
        AdminRun run = await AdminRun.RunAsync("import", _source.Beside("absent"), "--repo", "app", "--data", Data);
        Assert.Equal(ExitCode.NotFound, run.Code);
    }

    [Fact]
    public async Task Help_shows_examples_and_exit_codes()
    {
        AdminRun run = await AdminRun.RunAsync("import", "--help");
        Assert.Equal(ExitCode.Success, run.Code);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Contains("130 interrupted", run.Output, StringComparison.Ordinal);
    }
}
