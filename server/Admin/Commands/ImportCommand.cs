using System.CommandLine;
using System.Diagnostics;
using Monorepo.Admin.Output;
using Monorepo.Admin.Targets;
using Monorepo.Core;
using Monorepo.Import;
using Monorepo.Import.Targets;
using Monorepo.Rpc;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin import</c>.</summary>
internal static class ImportCommand
{
    private const string Text = """
        Import a git repository: its whole history, contents, branches, tags and other refs, byte for byte.

        Run it again to take what is new, or to go on after an interruption: at any moment it may be stopped or killed.
        The repository's refs become those of the source, rewound and deleted ones too; --keep-refs deletes none.

        Examples:
          mr-admin import /srv/git/product.git --repo product --data /var/lib/monorepo
          mr-admin import product.bundle --repo product --data /var/lib/monorepo
          mr-admin import https://git.example.org/product.git --repo product --server http://127.0.0.1:8940

        Exit codes: 0 done; 2 wrong usage; 3 source not found; 4 data in use or changed meanwhile; 5 server or git unavailable;
        6 disk; 7 source damaged or incomplete; 8 source of an unsupported kind; 70 a defect; 130 interrupted.
        """;

    /// <summary>An import reads little of what it wrote, so a small cache does.</summary>
    private const long StoreMemoryBytes = 192L << 20;

    public static Command Create()
    {
        Argument<string> source = new("SRC") { Description = "A repository's directory, a bundle file, or a URL that git can fetch." };
        Option<string> repository = new("--repo") { Description = "The repository's name on the server; made when it is not there.", HelpName = "NAME", Required = true };
        Option<string?> work = new("--work")
        {
            Description = "Where bundles and URLs are fetched to. Mirrors of URLs stay there, which makes the next import of them quick. Default: beside the data; with --server in the user's cache.",
            HelpName = "DIR",
        };
        Option<bool> keepRefs = new("--keep-refs") { Description = "Keep refs that the source does not have." };
        Option<bool> json = new("--json") { Description = "Print the result as one JSON object." };
        TargetOptions target = new();
        Command command = new("import", Text) { source, repository };
        target.AddTo(command);
        command.Options.Add(work);
        command.Options.Add(keepRefs);
        command.Options.Add(json);
        return command.Does(async (parse, cancellationToken) =>
        {
            RepositoryName name = RepositoryName.TryParse(parse.GetValue(repository), out RepositoryName parsed)
                ? parsed
                : throw new AdminException(ExitCode.Usage, $"'{parse.GetValue(repository)}' is not a repository name", "Use letters, digits, '.', '_' and '-' in parts joined by '/'.");
            string? data = target.Data(parse);
            string workDirectory = Path.GetFullPath(parse.GetValue(work) ?? WorkDirectory(data));
            var options = new ImportOptions { DeleteMissingRefs = !parse.GetValue(keepRefs) };
            TextWriter errors = parse.InvocationConfiguration.Error;

            long start = Stopwatch.GetTimestamp();
            ImportResult result = await WithTargetAsync(data, target.Server(parse), name, importTarget => ImportDisplay.RunAsync(
                errors, progress => new Importer(importTarget, options).RunAsync(parse.GetValue(source)!, workDirectory, progress, cancellationToken)));
            ImportReport.Write(parse.InvocationConfiguration.Output, name, result, Stopwatch.GetElapsedTime(start), parse.GetValue(json));
        });
    }

    private static async Task<ImportResult> WithTargetAsync(string? data, Uri? server, RepositoryName name, Func<IImportTarget, Task<ImportResult>> import)
    {
        if (data is not null)
        {
            await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = data, MemoryBytes = StoreMemoryBytes });
            return await import(new StorageImportTarget(engine, name));
        }

        using RpcChannel channel = ServerChannel.Open(server!);
        return await import(new ServerImportTarget(channel, name));
    }

    private static string WorkDirectory(string? data)
    {
        if (data is not null)
            return Path.TrimEndingDirectorySeparator(data) + ".mirrors";
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache))
            cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "mr-admin", "mirrors");
    }
}
