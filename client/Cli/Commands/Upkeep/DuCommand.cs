using System.CommandLine;
using System.Globalization;
using Monorepo.Cli.Output;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.Upkeep;

namespace Monorepo.Cli.Commands.Upkeep;

/// <summary><c>mr du</c>: what a clone and the shared cache take.</summary>
public static class DuCommand
{
    private const int SizeColumns = 9;

    public static Command Create(Surroundings surroundings)
    {
        Option<bool> json = Options.Json("One JSON object: parts of the clone in bytes, and the cache with its limit.");
        return new Command("du", "Show what the clone takes beside its files, and the object cache that your clones share.") { json }.Does(surroundings, (parse, context, _) =>
        {
            ClonePaths? clone = Clone.Find(surroundings.WorkingDirectory);
            IReadOnlyList<DiskUse> parts = clone is null ? [] : CloneDiskUse.Measure(clone);
            long cacheBytes = context.Cache.MeasureDisk();
            if (parse.GetValue(json))
            {
                WriteJson(context, clone, parts, cacheBytes);
            }
            else
            {
                WriteText(context, clone, parts, cacheBytes);
            }

            return Task.FromResult(ExitCode.Success);
        });
    }

    private static void WriteText(CommandContext context, ClonePaths? clone, IReadOnlyList<DiskUse> parts, long cacheBytes)
    {
        ObjectCache cache = context.Cache;
        if (clone is not null)
        {
            foreach (DiskUse part in parts)
            {
                Row(part.Bytes, part.Name);
            }

            Row(parts.Sum(static p => p.Bytes), $"together, in '{clone.State}'");
            context.Output.Line("");
        }

        Row(cacheBytes, $"object cache in '{cache.DirectoryPath}', shared by your clones; limit {ProgressDisplay.Bytes(cache.BytesMax)} (cache.size)");

        void Row(long bytes, string name) => context.Output.Line($"{ProgressDisplay.Bytes(bytes).PadLeft(SizeColumns)}  {name}");
    }

    private static void WriteJson(CommandContext context, ClonePaths? clone, IReadOnlyList<DiskUse> parts, long cacheBytes)
    {
        context.Output.JsonObject(json =>
        {
            if (clone is not null)
            {
                json.WriteStartObject("clone");
                json.WriteString("directory", clone.State);
                foreach (DiskUse part in parts)
                {
                    json.WriteNumber(CamelCase(part.Name), part.Bytes);
                }

                json.WriteEndObject();
            }

            json.WriteStartObject("cache");
            json.WriteString("directory", context.Cache.DirectoryPath);
            json.WriteNumber("bytes", cacheBytes);
            json.WriteNumber("bytesMax", context.Cache.BytesMax);
            json.WriteNumber("packs", context.Cache.PackCount);
            json.WriteEndObject();
        });
    }

    private static string CamelCase(string name) => name.IndexOf(' ', StringComparison.Ordinal) is > 0 and int space
        ? string.Create(CultureInfo.InvariantCulture, $"{name[..space]}{char.ToUpperInvariant(name[space + 1])}{name[(space + 2)..]}")
        : name;
}
