using System.Text;
using Monorepo.Core;
using Monorepo.Testing.Git;
using Monorepo.Workspace.Picking;

namespace Monorepo.Workspace.Tests.Picking;

public sealed class CommitBodyTests
{
    [Theory]
    [InlineData("subject\n")]
    [InlineData("subject\n\nbody\n")]
    [InlineData("subject: with a colon\n")]
    [InlineData("subject\n\nbody\n\nSigned-off-by: A <a@b>\n")]
    [InlineData("subject\n\nSigned-off-by: A <a@b>\n(cherry picked from commit 1111111111111111111111111111111111111111)\n")]
    public void The_origin_stands_where_git_puts_it(string message)
    {
        using TempDirectory directory = new();
        GitCommand.Run(directory.Path, "init", "-q", "-b", "main");
        GitCommand.Run(directory.Path, "commit", "-q", "--allow-empty", "-m", "root");
        GitCommand.Run(directory.Path, "checkout", "-q", "-b", "other");
        GitCommand.Run(directory.Path, "commit", "-q", "--allow-empty", "-m", message);
        ObjectId id = ObjectId.Parse(Text(directory, "rev-parse", "HEAD").Trim());
        GitCommand.Run(directory.Path, "checkout", "-q", "main");
        GitCommand.Run(directory.Path, "cherry-pick", "-x", "--allow-empty", "other");
        string picked = Text(directory, "cat-file", "commit", "HEAD");
        byte[] ours = CommitBody.WithOrigin(Encoding.UTF8.GetBytes(message), id);
        Assert.Equal(picked[(picked.IndexOf("\n\n", StringComparison.Ordinal) + 2)..], Encoding.UTF8.GetString(ours));
    }

    private static string Text(TempDirectory directory, params string[] arguments) => Encoding.UTF8.GetString(GitCommand.Run(directory.Path, arguments));
}
