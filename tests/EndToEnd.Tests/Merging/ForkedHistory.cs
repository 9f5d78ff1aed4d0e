using System.Globalization;
using System.Text;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Merging;

/// <summary>Two branches, served: main with a row of commits, topic with one that edits many files, renames one, and clashes with main's last commit.</summary>
public sealed class ForkedHistory : IAsyncLifetime
{
    public const int Files = 60;
    public const int MainCommits = 6;

    private readonly TemporaryFolder _folder = new("mr-e2e-");
    private MonorepoServer? _server;

    internal GitRepository Git { get; private set; } = null!;

    internal string Url => _server!.UrlOf(ServedHistory.Name);

    public async ValueTask InitializeAsync()
    {
        Git = new GitRepository(Path.Combine(_folder.FullPath, "git"));
        Directory.CreateDirectory(Git.FullPath);
        GitCommand.Run(Git.FullPath, "init", "-q", "--bare", "-b", "main", ".");
        GitCommand.Run(Git.FullPath, Encoding.UTF8.GetBytes(Stream()), "fast-import", "--quiet");
        File.WriteAllText(Path.Combine(Git.FullPath, "info", "attributes"), "* -text\n");
        string data = Path.Combine(_folder.FullPath, "data");
        await ServedHistory.ImportAsync(Git, data);
        _server = await MonorepoServer.StartAsync(data);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Git's own clone with main checked out and a branch topic.</summary>
    internal string CheckOut(string name)
    {
        string directory = Git.CheckOut(Path.Combine(_folder.FullPath, name), "main");
        GitCommand.Run(directory, "checkout", "-q", "-B", "main");
        GitCommand.Run(directory, "branch", "-q", "topic", "origin/topic");
        return directory;
    }

    private static string Stream()
    {
        StringBuilder stream = new();
        int mark = 0;
        void Commit(string branch, int from, IEnumerable<(string Path, string Content)> files, string more = "")
        {
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/{branch}\nmark :{++mark}\ncommitter A <a@x> {1_600_000_000 + (mark * 60)} +0100\ndata <<E\ncommit {mark}\nE\n");
            if (from > 0)
                stream.Append(CultureInfo.InvariantCulture, $"from :{from}\n");
            foreach ((string path, string content) in files)
                stream.Append(CultureInfo.InvariantCulture, $"M 100644 inline {path}\ndata {content.Length}\n{content}\n");
            stream.Append(more).Append('\n');
        }

        Commit("main", 0, Enumerable.Range(0, Files).Select(static i => (Name(i), Text(i, 0, ""))));
        Commit("topic", 1, Enumerable.Range(0, Files / 2).Select(static i => (Name(i), Text(i, 2, "topic"))).Append((Name(Files - 1), Text(Files - 1, 7, "topic"))), $"R {Name(Files - 2)} moved/here\n");
        for (int commit = 0; commit < MainCommits; commit++)
            Commit("main", commit == 0 ? 1 : mark, [(Name(commit), Text(commit, 9, "main")), (Name(Files - 2), Text(Files - 2, 1 + commit, "main"))]);
        Commit("main", mark, [(Name(Files - 1), Text(Files - 1, 7, "main"))]);
        return stream.ToString();
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"dir{i % 5}/sub{i % 3}/file{i}");

    private static string Text(int file, int changed, string who) =>
        string.Concat(Enumerable.Range(1, 12).Select(i => string.Create(CultureInfo.InvariantCulture, $"line {i} of {file}{(i == changed ? " by " + who : "")}\n")));
}
