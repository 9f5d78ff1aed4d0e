using System.CommandLine;
using System.Diagnostics;
using Monorepo.Admin.Output;
using Monorepo.Core;
using Monorepo.Storage.RocksDb;

namespace Monorepo.Admin.Commands;

/// <summary><c>mr-admin compact</c>.</summary>
internal static class CompactCommand
{
    private const string Text = """
        Make the store small: fold versions of the same file together, write all to tables, and rewrite those in their densest form.

        Worth it after an import, and now and then where much is pushed. It may be stopped or killed at any moment: nothing is lost, and the next
        run goes on. It needs free disk space about as large as the data. It ends with what the data directory takes, by column family
        (server/Storage.RocksDb/FORMAT.md says what each holds).

        Examples:
          mr-admin compact --data /var/lib/monorepo
          mr-admin compact --data /var/lib/monorepo --repo product --json

        Exit codes: 0 done; 2 wrong usage; 3 no such data or repository; 4 data in use; 6 disk; 7 data damaged; 70 a defect; 130 interrupted.
        """;

    public static Command Create()
    {
        Option<string> data = new("--data") { Description = "The data directory, while no monorepod serves it.", HelpName = "DIR", Required = true };
        Option<string?> repository = new("--repo") { Description = "Fold only this repository.", HelpName = "NAME" };
        Option<bool> json = new("--json") { Description = "Print the result as one JSON object." };
        Command command = new("compact", Text) { data, repository, json };
        return command.Does(async (parse, cancellationToken) =>
        {
            string path = Path.GetFullPath(parse.GetValue(data)!);
            // Opening would make an empty database.
            if (!Directory.Exists(path))
                throw new AdminException(ExitCode.NotFound, $"there is no data directory '{path}'", "An import makes it.");

            long start = Stopwatch.GetTimestamp();
            long bytesBefore = DataSize.Measure(path);
            CompactionProgress folded = default;
            StorageStatistics? statistics = null;
            await using (RocksDbEngine engine = RocksDbEngine.Open(new RocksDbEngineOptions { Path = path }))
            {
                RepositoryName? name = await FindAsync(engine, parse.GetValue(repository), cancellationToken);
                await CompactDisplay.RunAsync(parse.InvocationConfiguration.Error, async progress =>
                {
                    folded = await engine.FoldAsync(name, progress, cancellationToken);
                    await engine.CompactTablesAsync(progress, cancellationToken);
                });
                statistics = engine.GetStatistics();
            }

            var report = new CompactReport(folded, bytesBefore, DataSize.Measure(path), statistics.ColumnFamilies, Stopwatch.GetElapsedTime(start));
            report.Write(parse.InvocationConfiguration.Output, parse.GetValue(json));
        });
    }

    private static async Task<RepositoryName?> FindAsync(RocksDbEngine engine, string? text, CancellationToken cancellationToken)
    {
        if (text is null)
            return null;
        return RepositoryName.TryParse(text, out RepositoryName name) && await engine.OpenAsync(name, cancellationToken) is not null
            ? name
            : throw new AdminException(ExitCode.NotFound, $"there is no repository '{text}'", "'mr-admin repos' lists those there are.");
    }
}
