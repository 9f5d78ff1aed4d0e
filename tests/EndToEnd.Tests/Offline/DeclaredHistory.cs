using System.Globalization;
using System.Text;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;
using Monorepo.Testing.Processes;

namespace Monorepo.EndToEnd.Tests.Offline;

/// <summary>
/// A small history behind a server, an edge and memcached, all real processes, and a user whose clone gets its contents from the edge. Every commit changes
/// <c>app/main.txt</c> and adds a file; <c>lib/deep</c> and <c>docs</c> stay as they are after the first.
/// </summary>
internal sealed class DeclaredHistory : IAsyncDisposable
{
    public const int Commits = 5;

    private readonly TemporaryFolder _folder = new("mr-offline-");
    private MemcachedServer? _memcached;
    private EdgeServer? _edge;

    private DeclaredHistory()
    {
    }

    public User User { get; } = new();

    public MonorepoServer Server { get; private set; } = null!;

    public GitRepository Git { get; private set; } = null!;

    public string Copy => User.PathTo("copy");

    public static async Task<DeclaredHistory> StartAsync(bool withEdge)
    {
        DeclaredHistory made = new();
        string git = Path.Combine(made._folder.FullPath, "git");
        Directory.CreateDirectory(git);
        GitCommand.Run(git, "init", "-q", "--bare", "--initial-branch=main", ".");
        GitCommand.Run(git, Encoding.UTF8.GetBytes(Stream()), "fast-import", "--quiet");
        made.Git = new GitRepository(git);
        string data = Path.Combine(made._folder.FullPath, "data");
        await ServedHistory.ImportAsync(made.Git, data);
        made.Server = await MonorepoServer.StartAsync(data);
        string[] blobs = [];
        if (withEdge)
        {
            Assert.SkipWhen(MemcachedServer.WhyUnavailable is not null, MemcachedServer.WhyUnavailable ?? "");
            made._memcached = await MemcachedServer.StartAsync();
            made._edge = await EdgeServer.StartAsync(made.Server.Address, "--memcached", $"{made._memcached.Host}:{made._memcached.Port}");
            blobs = ["--blobs", made._edge.Address.GetLeftPart(UriPartial.Authority)];
        }

        (await made.User.RunAsync("config", "--user", "set", "user.name", "A U Thor")).Succeeds();
        (await made.User.RunAsync("config", "--user", "set", "user.email", "author@example.com")).Succeeds();
        (await made.User.RunAsync(["clone", made.Server.UrlOf(ServedHistory.Name), made.Copy, .. blobs])).Succeeds();
        return made;
    }

    /// <summary>kill -9 for everything that answers.</summary>
    public async Task KillServersAsync()
    {
        await Server.KillAsync();
        if (_edge is not null)
            await _edge.DisposeAsync();
        if (_memcached is not null)
            await _memcached.DisposeAsync();
        (_edge, _memcached) = (null, null);
    }

    public Task<ProgramResult> MrAsync(params string[] arguments) => User.RunInAsync(Copy, arguments);

    public void Write(string path, string content) => File.WriteAllText(Path.Combine(Copy, path), content);

    public string Read(string path) => File.ReadAllText(Path.Combine(Copy, path));

    public string IdOf(string revision) => Git.Text("rev-parse", revision).Trim();

    public async ValueTask DisposeAsync()
    {
        await KillServersAsync();
        User.Dispose();
        _folder.Dispose();
    }

    private static string Stream()
    {
        StringBuilder stream = new();
        for (int i = 0; i < Commits; i++)
        {
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/main\ncommitter A <a@example.com> {1_600_000_000 + i} +0000\ndata 0\n");
            Add(stream, "app/main.txt", string.Concat(Enumerable.Range(0, 40).Select(n => string.Create(CultureInfo.InvariantCulture, $"line {n}{(n == i * 5 ? " changed" : "")}\n"))));
            Add(stream, string.Create(CultureInfo.InvariantCulture, $"app/file{i}"), string.Create(CultureInfo.InvariantCulture, $"file {i}\n"));
            for (int n = 0; i == 0 && n < 60; n++)
            {
                Add(stream, string.Create(CultureInfo.InvariantCulture, $"lib/deep/part{n}"), string.Create(CultureInfo.InvariantCulture, $"part {n}\n") + new string('x', 2_000));
                Add(stream, string.Create(CultureInfo.InvariantCulture, $"docs/page{n}"), string.Create(CultureInfo.InvariantCulture, $"page {n}\n"));
            }
        }

        return stream.ToString();
    }

    private static void Add(StringBuilder stream, string path, string content) => stream.Append(CultureInfo.InvariantCulture, $"M 644 inline {path}\ndata {content.Length}\n{content}\n");
}
