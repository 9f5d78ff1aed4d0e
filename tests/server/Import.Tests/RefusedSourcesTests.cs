namespace Monorepo.Import.Tests;

/// <summary>What can't be imported is refused with its reason, and leaves the target without refs.</summary>
public sealed class RefusedSourcesTests : IDisposable
{
    private readonly SourceRepository _source = new();
    private readonly ImportFixture _target = new();

    public void Dispose() => _source.Dispose();

    [Theory]
    [InlineData("absent")]
    [InlineData("source/a")]
    [InlineData("source/d")]
    public async Task What_is_no_repository(string name)
    {
        _source.Commit("root", ("a", "no bundle, but longer than a bundle's first line"), ("d/x", "1"));
        await AssertRefusedAsync(ImportFailure.SourceNotFound, _source.Beside(name));
    }

    [Fact]
    public async Task A_shallow_clone()
    {
        _source.Commit("one", ("a", "1"));
        _source.Commit("two", ("a", "2"));
        _source.Git("clone", "-q", "--depth=1", "file://" + _source.Path, _source.Beside("shallow"));
        await AssertRefusedAsync(ImportFailure.SourceShallow, _source.Beside("shallow"));
    }

    [Fact]
    public async Task A_SHA256_repository()
    {
        using var other = new SourceRepository("--object-format=sha256");
        other.Commit("root", ("a", "1"));
        await AssertRefusedAsync(ImportFailure.SourceSha256, other.Path);
    }

    [Theory]
    [InlineData("HEAD:a")]
    [InlineData("HEAD^{tree}")]
    [InlineData("HEAD~1")]
    public async Task A_repository_that_lacks_an_object(string name)
    {
        _source.Commit("one", ("a", "1"));
        _source.Commit("two", ("a", "2"));
        File.Delete(LoosePath(name));
        await AssertRefusedAsync(ImportFailure.ObjectMissing, _source.Path);
    }

    [Theory]
    [InlineData("HEAD:a")]
    [InlineData("HEAD^{tree}")]
    [InlineData("HEAD")]
    [InlineData("HEAD~1")]
    [InlineData("v1")]
    public async Task A_repository_with_a_truncated_object(string name)
    {
        _source.Commit("one", ("a", "1"));
        _source.Commit("two", ("a", "2"));
        _source.Git("tag", "-a", "-m", "note", "v1");
        string path = LoosePath(name);
        byte[] whole = File.ReadAllBytes(path);
        File.Delete(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        await AssertRefusedAsync(ImportFailure.ObjectDamaged, _source.Path);
    }

    [Fact]
    public async Task A_URL_that_git_can_not_fetch() =>
        await AssertRefusedAsync(ImportFailure.FetchFailed, "file://" + _source.Beside("absent"));

    private string LoosePath(string name)
    {
        string hex = _source.Git("rev-parse", name);
        return Path.Combine(_source.Path, ".git", "objects", hex[..2], hex[2..]);
    }

    private async Task AssertRefusedAsync(ImportFailure expected, string source)
    {
        ImportException refused = await Assert.ThrowsAsync<ImportException>(() => _target.ImportAsync(source, _source.Beside("work")));
        Assert.Equal(expected, refused.Failure);
    }
}
