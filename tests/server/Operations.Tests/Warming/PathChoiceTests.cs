using Monorepo.Operations.Warming;
using Monorepo.Rpc;

namespace Monorepo.Operations.Tests.Warming;

public sealed class PathChoiceTests
{
    [Theory]
    [InlineData("src/**", "src", true)]
    [InlineData("src/**", "src/a", true)]
    [InlineData("src/**", "doc", false)]
    [InlineData("src/**", "source", false)]
    [InlineData("src/core/*.cs", "src", true)]
    [InlineData("src/core/*.cs", "src/core", true)]
    [InlineData("src/core/*.cs", "src/code", false)]
    [InlineData("*.cs", "anything/at/all", true)]
    [InlineData("src/**/x.c", "", true)]
    [InlineData("/src/a*", "src", true)]
    [InlineData("/src/a*", "src/ab", true)]
    [InlineData("/src/a*", "src/b", false)]
    public void Directories_without_a_match_are_left_out(string pattern, string directory, bool expected) =>
        Assert.Equal(expected, PathChoice.Parse([pattern]).MayMatchIn(directory));

    [Fact]
    public void A_directory_that_holds_a_match_is_never_left_out()
    {
        string[] names = ["src", "doc", "a", "ab", "x.c"];
        string[] patterns = ["src/**", "src/a*", "*.c", "src/?/x.c", "**/doc/x.c", "doc/", "a/b", "/src/*/a", "s*/ab", "src", "src/a/"];
        Random random = new(7);
        for (int i = 0; i < 20_000; i++)
        {
            PathChoice choice = PathChoice.Parse([.. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => patterns[random.Next(patterns.Length)])]);
            string[] parts = [.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => names[random.Next(names.Length)])];
            if (!choice.IsMatch(string.Join('/', parts)))
                continue;
            for (int depth = 0; depth < parts.Length; depth++)
                Assert.True(choice.MayMatchIn(string.Join('/', parts[..depth])), $"{string.Join('/', parts)} in {string.Join('/', parts[..depth])}");
        }
    }

    [Fact]
    public void A_pattern_that_is_none_is_told()
    {
        RpcException e = Assert.Throws<RpcException>(() => PathChoice.Parse([""]));
        Assert.Equal(RpcStatusCode.InvalidArgument, e.StatusCode);
        Assert.Throws<RpcException>(() => PathChoice.Parse([.. Enumerable.Repeat("a", 65)]));
    }
}
