namespace Monorepo.Core.Tests;

public sealed class NameTests
{
    [Theory]
    [InlineData("main")]
    [InlineData("team/web-1.2_x")]
    public void Good_repository_names(string name) => Assert.Equal(name, RepositoryName.Parse(name).Value);

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("-x")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void Bad_repository_names(string name) => Assert.Throws<FormatException>(() => RepositoryName.Parse(name));

    [Theory]
    [InlineData("refs/heads/main")]
    [InlineData("refs/tags/v1.0")]
    [InlineData("refs/pull/1/head")]
    [InlineData("refs/heads/ünïcode")]
    [InlineData("refs/heads/a@b")]
    public void Good_ref_names(string name) => Assert.Equal(name, RefName.Parse(name).Value);

    [Theory]
    [InlineData("main")]
    [InlineData("refs/heads/")]
    [InlineData("refs/heads/a..b")]
    [InlineData("refs/heads/.a")]
    [InlineData("refs/heads/a.lock")]
    [InlineData("refs/heads/a.")]
    [InlineData("refs/heads/a b")]
    [InlineData("refs/heads/a~1")]
    [InlineData("refs/heads/a@{1}")]
    [InlineData("refs//heads")]
    [InlineData("refs/heads/a\u0001")]
    public void Bad_ref_names(string name) => Assert.Throws<FormatException>(() => RefName.Parse(name));

    [Fact]
    public void Refs_have_short_names()
    {
        Assert.Equal("main", RefName.Parse("refs/heads/main").Short);
        Assert.Equal("v1", RefName.Parse("refs/tags/v1").Short);
        Assert.Equal("refs/pull/1/head", RefName.Parse("refs/pull/1/head").Short);
    }
}
