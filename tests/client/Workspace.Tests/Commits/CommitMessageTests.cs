using System.Text;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Commits;

namespace Monorepo.Workspace.Tests.Commits;

/// <summary>Messages are cleaned as <c>git stripspace</c> does it.</summary>
public sealed class CommitMessageTests
{
    [Theory]
    [InlineData("")]
    [InlineData("#")]
    [InlineData("# only\n# comments")]
    [InlineData("subject\n# comment\n\nbody")]
    [InlineData("\n\n# first\n\nsubject \t\n\n\n\nbody\n #kept\n\n# last\n")]
    [InlineData("no newline # kept")]
    [InlineData("a\r\n#b\r\nc\r\n")]
    public void What_an_editor_leaves_is_gits(string text)
    {
        using TempDirectory directory = new();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(GitCommand.Run(directory.Path, bytes, "stripspace", "--strip-comments"), CommitMessage.Strip(bytes));
        Assert.Equal(GitCommand.Run(directory.Path, bytes, "stripspace"), CommitMessage.Clean(bytes));
    }
}
