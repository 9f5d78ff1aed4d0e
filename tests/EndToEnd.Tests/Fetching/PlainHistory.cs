using System.Globalization;
using System.Text;
using Monorepo.EndToEnd.Tests.Histories;
using Monorepo.EndToEnd.Tests.Running;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Fetching;

/// <summary>A history of a given size, imported and served: deep folders, a few files changed by each commit.</summary>
internal sealed class PlainHistory : IAsyncDisposable
{
    private const int FilesChanged = 3;

    private readonly TemporaryFolder _folder = new("mr-plain-");

    public string Git => Path.Combine(_folder.FullPath, "git");

    public MonorepoServer Server { get; private set; } = null!;

    public string Url => Server.UrlOf(ServedHistory.Name);

    /// <summary>A file that many commits changed.</summary>
    public static string BusyFile => NameOf(0);

    public static async Task<PlainHistory> CreateAsync(int files, int commits)
    {
        PlainHistory made = new();
        Directory.CreateDirectory(made.Git);
        GitCommand.Run(made.Git, "init", "-q", "--bare", "--initial-branch=main", ".");
        GitCommand.Run(made.Git, Encoding.UTF8.GetBytes(Stream(files, commits)), "fast-import", "--quiet");
        string data = Path.Combine(made._folder.FullPath, "data");
        using ProgramRun import = ProgramRun.Start(
            Programs.Admin, made.Git, new Dictionary<string, string>(StringComparer.Ordinal), "import", made.Git, "--repo", ServedHistory.Name, "--data", data);
        (await import.FinishAsync()).Succeeds();
        made.Server = await MonorepoServer.StartAsync(data);
        return made;
    }

    /// <summary>A clone without files or trees, and without anything in the user's cache.</summary>
    public async Task<string> CloneOnlyAsync(User user, string name, string? url = null)
    {
        (await user.RunAsync("clone", url ?? Url, user.PathTo(name), "--no-checkout")).Succeeds();
        return user.PathTo(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
        _folder.Dispose();
    }

    private static string NameOf(int file) => string.Create(CultureInfo.InvariantCulture, $"top{file % 7}/middle{file % 31}/deep/file{file}.txt");

    private static string Stream(int files, int commits)
    {
        StringBuilder stream = new();
        for (int i = 0; i < commits; i++)
        {
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/main\nmark :{i + 1}\ncommitter A <a@example.com> {1_600_000_000 + i} +0000\ndata <<E\nchange {i}\nE\n");
            int count = i == 0 ? files : FilesChanged;
            for (int k = 0; k < count; k++)
            {
                int file = i == 0 ? k : k == 0 ? 0 : ((i * 13) + k) % files;
                stream.Append(CultureInfo.InvariantCulture, $"M 644 inline {NameOf(file)}\ndata <<E\nfile {file}\nneedle of {i % 5}\nlast changed by {i}\nE\n");
            }
        }

        return stream.Append('\n').ToString();
    }
}
