using Monorepo.Admin;

return await AdminCommandLine.RunAsync(args, Console.Out, Console.Error);
