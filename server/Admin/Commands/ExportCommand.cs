using System.CommandLine;
using System.Diagnostics;
using Monorepo.Admin.Output;
using Monorepo.Core;
using Monorepo.Export;
using Monorepo.Storage;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin export</c>.</summary>
internal static class ExportCommand
{
    private const string Text = """
        Export a repository into a bare git repository: its whole history, contents and refs, byte for byte.

        Run it again to take what is new, or to go on after an interruption: at any moment it may be stopped or killed.
        The git repository's refs become those of the source when all is there. Objects are written whole: 'git repack -adf' makes it small.

        Examples:
          mr-admin export /srv/git/product.git --repo product --data /var/lib/monorepo

        Exit codes: 0 done; 2 wrong usage; 3 no such data or repository; 4 data in use, or the directory holds something else; 5 git unavailable;
        6 disk; 7 data damaged; 70 a defect; 130 interrupted.
        """;

    /// <summary>An export reads everything about once, so a small cache does.</summary>
    private const long StoreMemoryBytes = 192L << 20;

    public static Command Create()
    {
        Argument<string> directory = new("DIR") { Description = "The bare git repository; made where there is none." };
        Option<string> repository = new("--repo") { Description = "The repository's name.", HelpName = "NAME", Required = true };
        Option<string> data = new("--data") { Description = "The data directory, while no monorepod serves it.", HelpName = "DIR", Required = true };
        Option<bool> json = new("--json") { Description = "Print the result as one JSON object." };
        Command command = new("export", Text) { directory, repository, data, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            string path = Path.GetFullPath(parse.GetValue(data)!);
            // Opening would make an empty database.
            if (!Directory.Exists(path))
                throw new AdminException(ExitCode.NotFound, $"there is no data directory '{path}'", "An import makes it.");

            long start = Stopwatch.GetTimestamp();
            await using RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = path, MemoryBytes = StoreMemoryBytes });
            IRepository source = RepositoryName.TryParse(parse.GetValue(repository), out RepositoryName name) && await engine.OpenAsync(name, cancellationToken) is { } found
                ? found
                : throw new AdminException(ExitCode.NotFound, $"there is no repository '{parse.GetValue(repository)}'", "'mr-admin repos' lists those there are.");
            ExportResult result = await ExportDisplay.RunAsync(
                parse.InvocationConfiguration.Error,
                progress => new Exporter(source).RunAsync(Path.GetFullPath(parse.GetValue(directory)!), progress, cancellationToken));
            ExportReport.Write(parse.InvocationConfiguration.Output, name, result, Stopwatch.GetElapsedTime(start), parse.GetValue(json));
        });
    }
}
