using System.Globalization;
using System.Text;
using Monorepo.Cli.Output.Log;
using Monorepo.Testing.Git;

namespace Monorepo.Cli.Tests.Output;

/// <summary>How long ago something was is said in git's words, on both sides of each of their steps.</summary>
public sealed class RelativeDateTests : IDisposable
{
    private const long Commit = 1_000_000_000;
    private const long Day = 24 * 3600;

    private readonly string _work = Directory.CreateTempSubdirectory("mr-relative-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void Every_step_is_gits()
    {
        GitCommand.Run(_work, "init", "-q");
        GitCommand.Run(_work, "hash-object", "-t", "tree", "-w", "/dev/null");
        string body = $"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> {Commit} +0000\ncommitter A <a@b> {Commit} +0000\n\nm\n";
        string id = Encoding.ASCII.GetString(GitCommand.Run(_work, Encoding.ASCII.GetBytes(body), "hash-object", "-t", "commit", "-w", "--stdin")).Trim();
        long[] spans =
        [
            -5, 0, 1, 2, 89, 90, 150, 89 * 60, (90 * 60) - 31, 90 * 60, 35 * 3600, 36 * 3600, 2 * Day, 13 * Day, 14 * Day, 69 * Day, 70 * Day,
            200 * Day, 364 * Day, 365 * Day, 380 * Day, 400 * Day, 730 * Day, 745 * Day, 1095 * Day, 1824 * Day, 1825 * Day, 2010 * Day, 9000 * Day,
        ];
        foreach (long span in spans)
        {
            DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(Commit + span);
            string gits = Encoding.ASCII.GetString(GitCommand.RunAt(now, _work, "log", "-1", "--format=%ar", id)).Trim();
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{span}: {gits}"), string.Create(CultureInfo.InvariantCulture, $"{span}: {RelativeDate.Describe(Commit, Commit + span)}"));
        }
    }
}
